"""Who may provision: the identity provider, by a token of the settings or by an access token of the issuer."""

from __future__ import annotations

import hmac

from directory.settings import Settings
from dossier.auth.principals import CapabilityTable, Principal
from dossier.auth.tokens import Verifies

CLIENT = "scim"
"""How the provider is called in the table of capabilities, and on the commits it makes."""


class Verifier:
    """Knows the tokens of the settings, which never end, beside the access tokens of the issuer.

    Most providers can send nothing else. What such a token may do is `service:scim` in the table of capabilities.
    """

    def __init__(self, issued: Verifies, settings: Settings) -> None:
        self._issued = issued
        self._tokens = [token.get_secret_value().encode() for token in settings.scim_tokens]
        self._principal = CapabilityTable(settings.capabilities).service(CLIENT)

    async def verify(self, token: str) -> Principal:
        """See TokenVerifier."""
        # Each is compared, so that the time tells nothing of how near a guess was.
        known = [hmac.compare_digest(token.encode(), each) for each in self._tokens]
        if any(known) and self._principal is not None:
            return self._principal
        return await self._issued.verify(token)
