"""What all facts share: the base class, and the marker for money.

A fact is what an entry says: frozen, exact, without an index until the log gives it one. Field names are the keys of
the body on the wire (a trailing underscore, as in `from_`, is not part of the key). A field without a default is
required; where such a field may be None, the wire carries null. A field whose default is None is left out of the body
when it is None.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

Yuan = Annotated[int, "fen"]  # integer fen inside, a decimal string in yuan on the wire


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Anything that somebody can say; `kind` is its name on the wire."""

    kind: ClassVar[str]
