"""Mail addresses in the form in which they are compared: by channels of addresses and by the matching of mail alike."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# The library's documented switch: reserved names such as `.local` and `.test` are in use inside organisations.
SPECIAL_USE_DOMAIN_NAMES.clear()


def normalise_mail_address(text: str) -> str:
    """The comparable form: no surrounding space, Unicode domain, all lower case. Nothing is asked of the DNS.

    Lower case includes the part before the @: no provider in use tells `Eva@` from `eva@`. Names of internal networks
    (`.local`, a bare host) are addresses too. Raises ValueError (without the text) if it is no mail address.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise ValueError("not a mail address") from None
    return found.normalized.lower()
