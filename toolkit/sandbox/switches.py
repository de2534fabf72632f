"""What nobody published about Procore: how the local one behaves there, and may be told to behave instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Switches:
    """Each with the likelier answer as its default; a test turns them while the local Procore runs."""

    # A request without Procore-Company-Id: a message with 400, or 404 "Item not found".
    without_company: Literal[400, 404] = 400
    # A project that the administrator did not permit.
    hidden_project: Literal[404, 403] = 404
    # A payment on a commitment whose Payments Issued tab is off.
    payments_off: Literal[422, 403] = 422
    # A second POST with an origin_id that is taken: 201 makes a double.
    second_origin: Literal[201, 409, 422] = 201
    # A locked field in a PATCH: refused, or silently left as it was.
    locked_field: Literal["refuse", "ignore"] = "refuse"
    # Support says that people may still edit Payment # on a synced row; the API's description does not.
    payment_number_open: bool = False
    # What becomes of a reference on its way in.
    reference: Literal["kept", "stripped", "lowered", "cut"] = "kept"
    # Decimals with which amounts come back; None: as they were sent.
    decimals: int | None = None
    # How long a created row is missing from lists.
    list_lateness: float = 0.0
    # Longest text that a field takes.
    longest: int = 255
    # Fields that nobody described appear on every row.
    unknown_fields: bool = False

    def referenced(self, origin: str | None) -> str | None:
        """A reference as it is kept."""
        if origin is None or self.reference == "kept":
            return origin
        return {"stripped": None, "lowered": origin.lower(), "cut": origin[:10]}[self.reference]
