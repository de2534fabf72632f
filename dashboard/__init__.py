"""The Streamlit dashboard: asks, shows, and forwards a click. No rule and no role is decided here."""
