"""Tieout: do the payments in our ERP and the payments in Procore agree, and if not, why, to the cent?"""
