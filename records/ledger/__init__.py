"""The ledger of a stack: who decided and did what, in an order that nobody can change unnoticed.

Each entry is a file that is created once: a signed DSSE envelope around an in-toto statement. It carries its number and
the SHA-256 of the previous entry; a signed head beside the entries names the last one. How each kind of change is
noticed: :mod:`records.ledger.verification`.

::

    ledger/<stack>/000001.json        the entries
    ledger/<stack>/keys/<id>.pem      public keys that signed them, for readers; they are not what makes a key trusted
    heads/<stack>.json                number and digest of the last entry, signed

What the ledger cannot show by itself: that an owner of the key wrote a whole new history, or that its end was cut off
and an older head put back. Both show against a digest that was noted elsewhere (``./fabrix ledger show`` prints it):
``./fabrix ledger verify STACK --head DIGEST``. On Azure the container is immutable as well.
"""

from records.ledger.entry import KINDS, Entry, without_secrets
from records.ledger.ledger import Ledger, open_for_reading, open_ledger
from records.ledger.verification import Fault, Verification

__all__ = ["KINDS", "Entry", "Fault", "Ledger", "Verification", "open_for_reading", "open_ledger", "without_secrets"]
