"""The ledger of a stack: who decided and did what, in an order that nobody can change unseen.

One file an entry, created once: a DSSE envelope, signed, around an in-toto statement. Each entry carries its number and
the SHA-256 of the entry before it; a signed head beside them names the last one. :mod:`records.ledger.judging` says
what each kind of change looks like afterwards.

::

    ledger/<stack>/000001.json        the entries
    ledger/<stack>/keys/<id>.pem      public keys that signed them, for readers; trust does not come from here
    heads/<stack>.json                number and digest of the last entry, signed

What it cannot show by itself: an owner of the key who writes a whole new history, and the end cut off together with an
older head put back. Against both helps a digest that somebody notes elsewhere (``./fabrix ledger show`` prints it):
``./fabrix ledger verify STACK --head DIGEST``. On Azure the container is immutable besides.
"""

from records.ledger.book import Ledger
from records.ledger.entry import KINDS, Entry, veiled
from records.ledger.fault import Fault
from records.ledger.opening import open_ledger

__all__ = ["KINDS", "Entry", "Fault", "Ledger", "open_ledger", "veiled"]
