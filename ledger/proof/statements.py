"""What the holder of the log's key says of an export: a signature over the digest of its manifest.

The log signs its leaves, and with them every entry; but which entries of others an export shows, which lines count as contested,
by which rules and for which day was counted stands in no leaf. This signature makes it the service's word: nobody else can
change it, and the service cannot take it back.

The text that is signed is two lines, `pool-ledger-bundle/v1` and the digest in hex: no checkpoint reads like that.
"""

from ledger.proof.notes import Signature, VerifierKey, from_base64, to_base64


def statement(digest: str) -> str:
    """The text that is signed."""
    return f"pool-ledger-bundle/v1\n{digest}\n"


def in_words(signature: Signature) -> str:
    """As it stands in a manifest: key id and signature, as on the line of a signed note."""
    return to_base64(signature.key_id + signature.data)


def is_signed(key: VerifierKey, digest: str, words: str) -> bool:
    data = from_base64(words)
    return data is not None and data[:4] == key.id and key.verifies(statement(digest), data[4:])
