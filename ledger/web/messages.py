"""What comes in, as text: bodies of JSON, no more of them than the limit says, and query strings; both read strictly.

Refused as malformed: what is not UTF-8, not JSON, NaN and infinities, a name twice in one object, half a surrogate pair, numbers
and nestings beyond what the reader takes. Anything else is for the schemas to judge.
"""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ledger.facts.problems import Refused, refuse

ENTRY_BYTES_MAX: Final = 2 * 2**20
BATCH_BYTES_MAX: Final = 32 * 2**20

PARAMETERS_MAX: Final = 100

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(limit: int) -> Any:
    """The JSON value of the request's body. Raises Refused, or the framework's 413."""
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise refuse(
            "unsupported-media-type", "", "请以 Content-Type: application/json(UTF-8)提交", "send application/json in UTF-8"
        )  # fmt: skip
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise refuse("unsupported-media-type", "", "请提交未压缩的内容", "send the content uncompressed")
    raw = _body(limit)
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _malformed("不是 UTF-8 文本", "this is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _malformed(
            f"第 {error.lineno} 行第 {error.colno} 列不是规范的 JSON", f"no JSON at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise _malformed("嵌套过深", "nested too deep") from None
    except ValueError:  # a whole number of thousands of digits
        raise _malformed("数字过长", "a number is too long") from None
    if _SURROGATE.search(raw) and not _is_text(value):
        raise _malformed("含有不成对的代理字符", "half of a surrogate pair is no character")
    return value


def read_query() -> list[tuple[str, str]]:
    """The parameters of a query string as they came. Raises Refused."""
    try:
        text = request.query_string.decode("utf-8")  # unescaped, as some clients send it
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX)
    except UnicodeDecodeError:
        raise _malformed("查询参数须为 UTF-8 文本", "parameters are text in UTF-8") from None
    except ValueError:
        raise _malformed(f"查询参数至多 {PARAMETERS_MAX} 个", f"there are at most {PARAMETERS_MAX} parameters") from None


def _body(limit: int) -> bytes:
    """The bytes of the body, with or without a length told beforehand. Raises 413 beyond the limit."""
    # One more than is allowed: from a stream without a length the framework would hand over what fits, and not say that it cut it.
    request.max_content_length = limit + 1
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # of the server, for a body that breaks off or is not in proper chunks
        raise _malformed("请求体不完整", "the body is not complete") from None
    if len(raw) > limit:
        raise RequestEntityTooLarge
    return raw


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _malformed("同一对象中名称重复", "an object has one name twice")
    return made


def _no_constant(word: str) -> None:
    raise _malformed(f"{word} 不是 JSON", f"{word} is no JSON")


def _is_text(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _malformed(zh: str, en: str) -> Refused:
    return refuse("malformed", "", zh, en)
