"""Decides whether a mail is what it says it is: SPF, DKIM, DMARC and Authentication-Results.

    import mailproof

    report = mailproof.check(message, ip="192.0.2.25", helo="mail.example.com", mail_from="joe@example.com")
    print(report.dmarc.result, report.dmarc.reason)

A mail that fails is a result; exceptions (`MailproofError`) say that nothing could be judged. All calls let other threads run.
"""

from .authenticator import Authenticator
from .calls import check, dkim_verify, sign, spf
from .check import Check
from .dns import (
    Answer,
    NoAnswer,
    NoData,
    NxDomain,
    Question,
    Refused,
    Resolver,
    ServFail,
    Timeout,
    Unreachable,
)
from .errors import (
    ArgumentError,
    BusyError,
    DefectError,
    DnsConfigurationError,
    KeyFileError,
    MailproofError,
    MessageError,
    StateError,
    UnsupportedError,
)
from .library import __version__, has_feature
from .results import (
    ArcResult,
    AtpsResult,
    DkimResult,
    DmarcResult,
    DnsUse,
    HeaderEdit,
    IprevResult,
    Override,
    Report,
    SmtpReply,
    SpfResult,
)
from .settings import Settings
from .signer import Signature, Signer, Signing

__all__ = [
    "Answer",
    "ArcResult",
    "ArgumentError",
    "AtpsResult",
    "Authenticator",
    "BusyError",
    "Check",
    "DefectError",
    "DkimResult",
    "DmarcResult",
    "DnsConfigurationError",
    "DnsUse",
    "HeaderEdit",
    "IprevResult",
    "KeyFileError",
    "MailproofError",
    "MessageError",
    "NoAnswer",
    "NoData",
    "NxDomain",
    "Override",
    "Question",
    "Refused",
    "Report",
    "Resolver",
    "ServFail",
    "Settings",
    "Signature",
    "Signer",
    "Signing",
    "SmtpReply",
    "SpfResult",
    "StateError",
    "Timeout",
    "Unreachable",
    "UnsupportedError",
    "__version__",
    "check",
    "dkim_verify",
    "has_feature",
    "sign",
    "spf",
]
