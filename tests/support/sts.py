"""What an emulator of AWS says when it is asked who is calling."""

from __future__ import annotations

from tests.fakes.web_server import Answer

IDENTITY = Answer(
    200,
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>"
    "<Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
)
