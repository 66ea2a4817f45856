"""What the certificate of a keyless signature says: who signed, and who vouched for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ISSUER_TEXT, ISSUER = "1.3.6.1.4.1.57264.1.1", "1.3.6.1.4.1.57264.1.8"
"""Extensions that Fulcio writes: the issuer as bare text, and as a DER string (Fulcio: ``docs/oid-info.md``)."""
UTF8_STRING = 0x0C


def read(content: bytes) -> Certificate:
    """Read a certificate in PEM or DER.

    Raises:
        ValueError: it is none.

    """
    from cryptography import x509

    return (x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate)(content)


def identities(certificate: Certificate) -> list[str]:
    """Return the subject alternative names: addresses, mail addresses."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [*names.get_values_for_type(x509.UniformResourceIdentifier), *names.get_values_for_type(x509.RFC822Name)]


def issuer(certificate: Certificate) -> str:
    """Return who vouched for the signer; empty where the certificate does not say."""
    from cryptography import x509

    for identifier in (ISSUER, ISSUER_TEXT):
        try:
            found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(identifier)).value
        except (x509.ExtensionNotFound, ValueError):
            continue
        if isinstance(found, x509.UnrecognizedExtension):
            value = found.value
            der = identifier == ISSUER and len(value) > 1 and value[0] == UTF8_STRING and value[1] == len(value) - 2
            return (value[2:] if der else value).decode("utf-8", "replace")
    return ""
