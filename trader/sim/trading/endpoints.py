"""All endpoints for members, whichever way a request comes in."""

from __future__ import annotations

from trader.sim.trading.amend_endpoints import AMEND_ENDPOINTS
from trader.sim.trading.list_endpoints import LIST_ENDPOINTS
from trader.sim.trading.private import PRIVATE_ENDPOINTS, PrivateEndpoint
from trader.sim.trading.replacing import REPLACE_ENDPOINTS
from trader.sim.trading.rule_endpoints import RULE_ENDPOINTS

MEMBER_ENDPOINTS: tuple[PrivateEndpoint, ...] = (
    *PRIVATE_ENDPOINTS,
    *LIST_ENDPOINTS,
    *REPLACE_ENDPOINTS,
    *AMEND_ENDPOINTS,
    *RULE_ENDPOINTS,
)
