"""What each problem code means and what to do about it, for people: one row a code, in Chinese and English.

`GET /problems/CODE` shows a row, and the titles stand in every refusal. Which status a code has is said in `facts.problems`, and
a test holds the two lists equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """`title` is a few words, `meaning` says when it comes up and what helps."""

    title: Mapping[str, str]
    meaning: Mapping[str, str]


def _code(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Code:
    return Code({"zh": zh, "en": en}, {"zh": meaning_zh, "en": meaning_en})


CODES: Final[Mapping[str, Code]] = {
    # --- the request as a message -------------------------------------------------------------------------------------
    "malformed": _code(
        "请求无法解读", "The request cannot be read",
        "请求体不是规范的 JSON(UTF-8,名称不重复,不含 NaN,嵌套不过深),或请求本身不合 HTTP 规范。",
        "The body is no proper JSON (UTF-8, no name twice, no NaN, not nested too deep), or the request is no proper HTTP.",
    ),
    "unauthenticated": _code(
        "需要有效的令牌", "A valid token is needed",
        "请在 Authorization 头中以 Bearer 方式出示未撤销的令牌;令牌由主管部门在命令行签发。",
        "Show a token that was not revoked as `Authorization: Bearer …`; tokens are made on the command line.",
    ),
    "forbidden": _code(
        "无权进行此操作", "This is not for the caller",
        "令牌有效,但其角色、机构或辖区不允许此项登记或查阅。",
        "The token is good, but its role, centre or region does not allow this entry or this look.",
    ),
    "not-found": _code(
        "没有此内容", "There is no such thing",
        "该地址下没有任何内容,或所指的记录、专利、主体、专利池、合同、方案并不存在。",
        "Nothing is kept under this address, or the entry, patent, party, pool, deal or programme it names does not exist.",
    ),
    "method-not-allowed": _code(
        "此地址不支持该方法", "The method does not apply here",
        "Allow 头列出此地址可用的方法。", "The header Allow lists the methods that this address knows.",
    ),
    "not-acceptable": _code(
        "无法按要求的格式作答", "No answer in the form asked for",
        "Accept 头所要求的格式在此不提供。", "What the header Accept asks for is not offered here.",
    ),
    "too-large": _code(
        "请求体过大", "The body is too large",
        "单条登记至多 2 MiB,批量至多 32 MiB;请分批提交。",
        "One entry has at most 2 MiB, a batch 32 MiB; send it in parts.",
    ),
    "unsupported-media-type": _code(
        "不支持的媒体类型", "The media type is not supported",
        "请以 Content-Type: application/json 提交未压缩的 UTF-8 文本。",
        "Send plain UTF-8 text as Content-Type: application/json.",
    ),
    "too-many-requests": _code(
        "请求过于频繁", "Too many requests",
        "请在 Retry-After 所示秒数后重试。", "Try again after the seconds that Retry-After tells.",
    ),
    "internal-error": _code(
        "服务内部错误", "The service failed",
        "此错误已按请求编号记入日志;请将 request_id 告知维护人员。未完成的登记不会留下任何内容。",
        "This was logged under the name of the request: tell `request_id` to whoever runs the service. "
        "Nothing is kept of an entry that was not answered.",
    ),
    "unavailable": _code(
        "服务暂不可用", "The service is not available for now",
        "数据库暂时无法响应,或检查点暂时无法发布;请在 Retry-After 所示秒数后重试,登记时使用同一 Idempotency-Key 即可避免重复。",
        "The database does not answer for now, or no checkpoint can be published. Try again after Retry-After; "
        "with the same Idempotency-Key nothing is recorded twice.",
    ),
    # --- a live entry is in the way -----------------------------------------------------------------------------------
    "deal-exists": _code(
        "合同编号已使用", "The deal number is taken",
        "本中心已有此编号的有效合同;如有误请先冲销该记录。",
        "A live deal of this centre has the number; if that one is wrong, reverse it first.",
    ),
    "loan-exists": _code(
        "贷款编号已使用", "The loan reference is taken",
        "本中心已有此编号的有效贷款。", "A live loan of this centre has the reference.",
    ),
    "pool-exists": _code(
        "专利池已存在", "The pool exists",
        "专利池编号在整个账本中唯一,且只能开启一次、关闭一次。",
        "The id of a pool is one for the whole ledger; a pool opens once and closes once.",
    ),
    "patent-differs": _code(
        "专利信息不一致", "The patent was registered with other facts",
        "该专利已以不同的权利类型、申请日、授权日或届满日登记;请核对,或请主管部门更正。",
        "The patent is registered with another right, filing day, grant day or end of term; "
        "check yours, or ask an office to correct it.",
    ),
    "already-reversed": _code(
        "记录已被冲销", "The entry was reversed already",
        "每条记录只能冲销一次。", "An entry is reversed once.",
    ),
    "already-registered": _code(
        "登记信息已填写", "The recordal was entered already",
        "登记日、登记号、公告日各只能填写一次;重复相同的值无妨。",
        "The day, number and announcement of a recordal are set once; the same value again does no harm.",
    ),
    "already-admitted": _code(
        "专利已在池中", "The patent is in the pool",
        "该专利在当日已处于此专利池中。", "The patent is in this pool on that day.",
    ),
    "already-ended": _code(
        "合同已终止", "The deal has ended",
        "终止之后不再接受变更或第二次终止。", "After a termination there is no amendment and no second termination.",
    ),
    "in-use": _code(
        "记录仍被引用", "The entry is in use",
        "仍有其他记录以此为据,须先冲销那些记录。", "Other entries rest on this one; they have to be reversed first.",
    ),
    "period-held": _code(
        "期间已提交", "The period was submitted",
        "该期间已提交验收,在退回之前不接受日期落在其中的记录。",
        "The period waits for acceptance; until it is returned, nothing dated in it is taken.",
    ),
    "period-closed": _code(
        "期间已验收", "The period is closed",
        "该期间已验收,须由主管部门说明理由后重新开放。",
        "The period was accepted; only an office can reopen it, with its reason.",
    ),
    "figures-moved": _code(
        "统计结果已变动", "The figures have moved",
        "验收所附的 scorecard_digest 与当前结果不符;请重新查阅后再验收。",
        "The scorecard_digest is not that of the figures now; look at them again before accepting.",
    ),
    "idempotency-in-flight": _code(
        "相同请求正在处理", "The same request is under way",
        "持有同一 Idempotency-Key 的请求尚未完成,请稍后重试。",
        "A request with this Idempotency-Key has not ended yet; try again shortly.",
    ),
    # --- refused by a rule --------------------------------------------------------------------------------------------
    "invalid": _code(
        "内容不符合要求", "The content is not valid",
        "errors 逐项列出问题所在的路径与原因;更正后可整体重新提交,已拒绝的请求不留下任何内容。",
        "`errors` lists each place and its reason. Nothing of a refused request is kept, so all of it can be sent again.",
    ),
    "unknown-centre": _code(
        "机构未登记", "The centre is not registered",
        "须先由主管部门登记该机构(centre)。", "An office has to register the centre first.",
    ),
    "unknown-party": _code("主体未登记", "The party is not registered", "账本中没有此主体。", "The ledger knows no such party."),
    "unknown-patent": _code(
        "专利未登记", "The patent is not registered",
        "请先以 patent 类记录登记该专利。", "Register the patent first, by an entry of kind patent.",
    ),
    "unknown-deal": _code(
        "没有此合同", "There is no such deal",
        "本中心没有此编号的有效合同。", "No live deal of this centre has the number.",
    ),
    "unknown-pool": _code(
        "没有此专利池", "There is no such pool",
        "没有本中心开启的此编号的专利池。", "This centre has opened no pool of this id.",
    ),
    "unknown-entry": _code(
        "没有此记录", "There is no such entry",
        "账本中没有此序号的记录。", "The log holds no entry of this index.",
    ),
    "statement-inactive": _code(
        "开放许可声明未生效", "The statement is not active",
        "签订之日该开放许可声明尚未公布、已撤回或不含此专利。",
        "On the day of signing the open licence statement was not published, or withdrawn, or does not cover the patent.",
    ),
    "not-in-pool": _code(
        "专利不在池中", "The patent is not in the pool",
        "该专利在当日不处于此专利池中。", "The patent is not in this pool on that day.",
    ),
    "below-zero": _code(
        "合计将为负数", "The total would fall below nought",
        "合同金额或到账金额的累计不得为负。", "The running total of a deal, or of what was received, never falls below nought.",
    ),
    "amount-unknown": _code(
        "合同金额不详", "The amount is unknown",
        "金额不详的合同不能变更金额。", "The amount of a deal that has none known cannot be changed.",
    ),
    "not-attestable": _code(
        "该类记录不作认定", "There is no verdict on this kind",
        "主数据、参与、验收、认定与冲销类记录不接受认定。",
        "Master data, participations, closings, verdicts and reversals take no verdict.",
    ),
    "subject-needed": _code(
        "须指明统计对象", "A subject is needed",
        "该口径取决于统计对象的行业或区域;请给出 centre 或 region。",
        "This metric depends on the industry or region of its subject: give a centre or a region.",
    ),
    "unknown-size": _code(
        "账本尚无此大小", "The log has not that size",
        "known_at 超出账本现有的记录数,或是尚未到来的时刻。",
        "known_at lies beyond the end of the log, or is an instant still to come.",
    ),
    "idempotency-mismatch": _code(
        "幂等键内容不符", "The key was used for something else",
        "此 Idempotency-Key 已用于其他内容;新的登记请使用新的键。",
        "This Idempotency-Key belongs to other content; use a new key for a new entry.",
    ),
}  # fmt: skip
