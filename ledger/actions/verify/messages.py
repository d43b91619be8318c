"""What a verification finds and what it notes, by code: every sentence in Chinese and English.

A reason in `{why}` is the reader's own, in English: it names the place in a format, for those who look into the bytes.
"""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    # --- container ---
    "container.spelling": ("与规定的写法不符({why})", "is not written as it must be ({why})"),
    "container.neither": ("既不是数据包,也不是存证文件", "is neither a bundle nor a proof"),
    "container.missing-file": ("缺少这一文件", "is missing"),
    "container.extra-file": ("数据包中不应有这一文件", "does not belong into a bundle"),
    "container.order": ("文件次序不对", "is not in its place"),
    # --- signature ---
    "signature.missing": ("没有检查点", "there is no checkpoint"),
    "signature.unreadable": ("检查点无法读取:{what}({why})", "the checkpoint cannot be read: {what} {why}"),
    "signature.origin": ("检查点属于 {origin},而密钥属于 {key}", "the checkpoint is of {origin}, and the key of {key}"),
    "signature.not-signed": (
        "所给密钥没有签署这一检查点({why})",
        "the key that was given did not sign this checkpoint ({why})",
    ),
    "signature.cosignature": ("见证人 {witness} 的签名不成立", "the cosignature of witness {witness} does not hold"),
    "signature.quorum": (
        "没有达到所要求的见证法定数 {quorum};有效的见证人:{witnesses}",
        "the quorum {quorum} is not reached; the witnesses that hold: {witnesses}",
    ),
    # --- tree ---
    "tree.missing-file": ("{size} 条记录的账本应有这一文件", "is missing: a log of {size} entries has it"),
    "tree.extra-file": ("{size} 条记录的账本没有这一文件", "does not belong to a log of {size} entries"),
    "tree.bundle-unreadable": (
        "第 {first} 至 {last} 号记录无法读取({why})",
        "entries {first} to {last} cannot be read ({why})",
    ),
    "tree.tile-length": ("有 {bytes} 字节,应为 {wanted} 字节", "has {bytes} bytes, and not {wanted}"),
    "tree.leaf-hash-differs": (
        "块中第 {place} 个哈希不是这一记录的哈希",
        "hash {place} of the tile is not that of this entry",
    ),
    "tree.tile-differs": (
        "块中第 {place} 个哈希与第 {first} 至 {last} 号记录不符",
        "hash {place} of the tile is not that over entries {first} to {last}",
    ),
    "tree.root-differs": (
        "由 {size} 条记录算出的根与检查点签署的根不同",
        "the root over the {size} entries is not the one that the checkpoint signs",
    ),
    "tree.no-root": ("记录不全,无法算出根", "entries are missing, so that the root cannot be computed"),
    # --- since ---
    "since.unreadable": (
        "早先的检查点无法采信:{what}({why})",
        "the older checkpoint cannot be relied on: {what} {why}",
    ),
    "since.origin": ("早先的检查点属于 {origin},而密钥属于 {key}", "the older checkpoint is of {origin}, and the key of {key}"),
    "since.rolled-back": (
        "账本曾有 {old} 条记录,现在只有 {new} 条:账本被截短",
        "the log had {old} entries, and has {new} now: it was rolled back",
    ),
    "since.rewritten": (
        "前 {old} 条记录与早先检查点签署时不同:账本被改写",
        "the first {old} entries are not those that the older checkpoint signs: the log was rewritten",
    ),
    # --- streams ---
    "streams.form": ("叶子不是规定的写法({why})", "the leaf is not in its one form ({why})"),
    "streams.gap": (
        "{stream} 的序号为 {seq},应为 {wanted}:序列有缺",
        "has number {seq} in stream {stream}, where {wanted} comes next: there is a gap",
    ),
    "streams.repeat": (
        "{stream} 的序号为 {seq},应为 {wanted}:序号重复",
        "has number {seq} in stream {stream}, where {wanted} comes next: a number is repeated",
    ),
    "streams.prev": (
        "没有接在 {stream} 的前一条记录之后",
        "does not follow the entry before it in stream {stream}",
    ),
    "streams.time": (
        "登记时刻早于前面的记录({ts} < {before})",
        "was recorded before the entry in front of it ({ts} < {before})",
    ),
    # --- disclosures ---
    "disclosures.missing": ("没有公开的记录内容", "there are no disclosures"),
    "disclosures.form": ("这一行不是规定的写法", "the line is not in its one form"),
    "disclosures.cut-off": ("无法读到结尾({why})", "cannot be read to its end ({why})"),
    "disclosures.double": ("这一记录公开了两次", "the entry is disclosed twice"),
    "disclosures.order": ("没有按账本次序排列", "is not in the order of the log"),
    "disclosures.no-leaf": ("账本中读不到这一记录", "the log has no such entry that could be read"),
    "disclosures.beyond": (
        "不在截至 {known_at} 条的范围内,不应公开",
        "lies beyond the first {known_at} entries, and is not to be disclosed",
    ),
    "disclosures.digest": ("内容与叶子承诺的摘要不符", "is not what the leaf commits to"),
    "disclosures.unreadable": ("内容无法读取({why})", "cannot be read ({why})"),
    "disclosures.not-normal": ("内容不是规范形式", "is not in normal form"),
    "disclosures.second": (
        "登记时刻 {recorded_at} 与叶子中的秒 {ts} 不符",
        "was recorded at {recorded_at}, and its leaf says second {ts}",
    ),
    "disclosures.instant": ("登记时刻不晚于前面的记录", "was not recorded later than the entry before it"),
    "disclosures.withheld": (
        "{stream} 的第 {seq} 号没有公开",
        "number {seq} of stream {stream} is withheld",
    ),
    "disclosures.undeclared": (
        "来自 {stream},清单的 foreign 没有列出",
        "comes from stream {stream}, and is not listed as foreign in the manifest",
    ),
    "disclosures.foreign-missing": (
        "清单的 foreign 列出了这一记录,却没有公开",
        "is listed as foreign in the manifest, and is not disclosed",
    ),
    # --- manifest ---
    "manifest.missing": ("没有清单", "there is no manifest"),
    "manifest.unreadable": ("清单无法读取({why})", "cannot be read ({why})"),
    "manifest.spelling": ("清单不是规范写法", "is not canonical JSON"),
    "manifest.signature": (
        "清单的签名不是密钥 {key} 所签:清单不是服务方写就的那一份",
        "was not signed with the key {key}: it is not what the service wrote",
    ),
    "manifest.field-unknown": ("清单没有 {field} 一项", "has a field {field}, which no manifest has"),
    "manifest.field-missing": ("清单缺少 {field}", "lacks the field {field}"),
    "manifest.field-form": ("{field} 的形式不对", "its field {field} has not the form that it must have"),
    "manifest.not-ascending": (
        "{field} 没有按次序排列,或有重复",
        "its field {field} is not in ascending order, or repeats something",
    ),
    "manifest.differs": ("{field} 写为 {stated},应为 {found}", "says {stated} as {field}, and it is {found}"),
    "manifest.beyond-head": (
        "known_at 为 {known_at},超出检查点的 {size} 条",
        "says {known_at} as known_at, beyond the {size} entries of the checkpoint",
    ),
    "manifest.file-unlisted": ("清单没有列出这一文件", "is not listed in the manifest"),
    "manifest.file-missing": ("清单列出了这一文件,数据包中没有", "is listed in the manifest, and not there"),
    "manifest.file-differs": ("摘要为 {found},清单写为 {stated}", "has the digest {found}, and {stated} in the manifest"),
    # --- policy, programme ---
    "policy.missing": ("没有见证策略", "there is no policy"),
    "policy.unreadable": ("见证策略无法读取({why})", "cannot be read ({why})"),
    "policy.spelling": ("见证策略不是规定的写法", "is not written in its one form"),
    "policy.other-key": ("写明的账本密钥是 {keys},不是所给的 {key}", "names {keys} as the log's key, and not {key}"),
    "programme.missing": ("没有考核方案", "the programme is missing"),
    "programme.fault": ("方案有误({why})", "is not a programme that can be used ({why})"),
    "programme.other": ("文件中没有方案 {programme}", "does not define {programme}"),
    "programme.spelling": ("方案不是规定的写法", "is not written in its one form"),
    "programme.digest": ("方案摘要为 {found},清单写为 {stated}", "has the digest {found}, and {stated} in the manifest"),
    # --- figures, contested ---
    "figures.missing": ("没有指标数值", "there are no figures"),
    "figures.unreadable": ("指标数值无法读取({why})", "cannot be read ({why})"),
    "figures.spelling": ("指标数值不是规范写法", "is not canonical JSON"),
    "figures.no-participant": (
        "按公开的记录,{subject} 没有参加 {programme}",
        "by the disclosed entries {subject} takes no part in {programme}",
    ),
    "figures.known-at": (
        "known_at.recorded_at 写为 {stated},而叶子中的秒是 {second}",
        "says {stated} as known_at.recorded_at, and the leaf says second {second}",
    ),
    "figures.unfoldable": (
        "由这一记录所属的经过得不出可计的行({why})",
        "nothing countable follows from what this entry belongs to ({why})",
    ),
    "figures.differs": (
        "口径 {level},指标 {target},{field}:写为 {stated},重新计算得 {found}",
        "level {level}, target {target}, {field}: stated {stated}, recomputed {found}",
    ),
    "contested.no-line": ("没有公开这样一行合同", "no such line of a deal is disclosed"),
    "contested.no-fingerprint": (
        "这一行没有备案日期和编号,不可能重复",
        "this line has neither day nor number of a recordal, so nobody can claim it too",
    ),
    "contested.by-unknown": (
        "所称的第 {by} 号记录不在前 {known_at} 条之内",
        "entry {by}, which is said to hold the claim, is not among the first {known_at}",
    ),
    "contested.by-itself": (
        "所称的第 {by} 号记录来自同一中心 {stream}",
        "entry {by}, which is said to hold the claim, is of the same stream {stream}",
    ),
    "contested.two-holders": (
        "同一备案写了两个占有者,其一为第 {by} 号",
        "one recordal is said to be held by two entries, {by} among them",
    ),
    "contested.not-so": (
        "清单称其因第 {by} 号记录而不计,按记录并非如此",
        "is listed as contested by entry {by}, and by the entries it is not",
    ),
    "contested.left-out": (
        "因第 {by} 号记录而属重复申报,清单没有列出",
        "is contested by entry {by}, and the list leaves it out",
    ),
    # --- proofs ---
    "proof.unreadable": ("存证文件无法读取:{what}({why})", "cannot be read: {what} {why}"),
    "inclusion.beyond": ("第 {index} 号超出检查点的 {size} 条", "entry {index} is beyond the {size} entries of the checkpoint"),
    "inclusion.not-in": (
        "叶子不是检查点所签账本的第 {index} 号记录",
        "the leaf is not entry {index} of the log that the checkpoint signs",
    ),
    "leaf.form": ("叶子不是规定的写法({why})", "the leaf is not in its one form ({why})"),
    "leaf.none": (
        "存证文件不含叶子,也没有以 --entry 给出叶子",
        "the proof brings no leaf along, and none was given by --entry",
    ),
    "leaf.extra": ("所附内容不是规定的写法({why})", "what is attached is not in its one form ({why})"),
    "disclosure.digest": ("内容与叶子承诺的摘要不符", "is not what the leaf commits to"),
    "disclosure.unreadable": ("内容无法读取({why})", "cannot be read ({why})"),
    "disclosure.not-normal": ("内容不是规范形式", "is not in normal form"),
    "disclosure.second": (
        "登记时刻 {recorded_at} 与叶子中的秒 {ts} 不符",
        "was recorded at {recorded_at}, and its leaf says second {ts}",
    ),
    "entry.unreadable": ("所附记录无法读取({why})", "the entry at hand cannot be read ({why})"),
    "entry.differs": ("{field} 写为 {stated},账本中是 {found}", "says {stated} as {field}, and the log {found}"),
    "entry.missing": ("缺少 {field}", "lacks {field}"),
    "entry.unopened": (
        "存证文件不含记录内容,所附记录无从比对",
        "the proof does not open the leaf, so that the entry at hand cannot be compared",
    ),
    # --- a mistake of ours, or a file that found one ---
    **{
        f"{check}.broke": ("检查时出错({why})", "broke off ({why})")
        for check in ("container", "signature", "tree", "manifest", "programme", "figures", "contested", "proof")
    },
    # --- notes ---
    "note.limits": (
        "未证明:没有提交给账本的内容;检查点之后的内容;所述是否属实。",
        "Not proven: what was never submitted to the log; what came after the checkpoint; that what was recorded is true.",
    ),
    "note.foreign": (
        "未证明:其他来源的记录内容属实无改,是否有所隐去(核验意见、失效等,可能使数值偏高)以服务方签名的清单为准,只有包含全部序列的数据包才能看出。",
        "Not proven: entries from other streams are as recorded; that none is left out (a verdict or a lapse might raise a figure) "
        "is the service's signed word, and shows only in a bundle of all streams.",
    ),
    "note.contested": (
        "未证明:重复申报的恰为 {lines} 行,这以服务方签名的陈述为准;漏列的行会被计入。",
        "Not proven: that {lines} lines are contested, and no more, is the service's signed word; a line left out of its list "
        "counts.",
    ),
    "note.programme": (
        "请将考核方案摘要与主管部门公布的相比对:数值按此方案计算,方案本身是否正确不在核验之列。",
        "Compare the digest of the programme with the one that the office publishes: figures are counted by it, right or wrong.",
    ),
    "note.no-since": (
        "未检查:账本是否曾被截短或改写。请用 --since 给出早先保存的检查点。",
        "Not looked at: whether the log was cut back or rewritten before. Give a checkpoint that you kept, by --since.",
    ),
    "note.no-witness": (
        "没有见证人签名:服务方是否向不同的人出示不同的账本,只能与他人持有的检查点相比。",
        "No witness signed: whether others are shown another log can only be seen by comparing checkpoints with them.",
    ),
    "note.own-witnesses": (
        "数据包自带的策略中有见证人签名({witnesses}),但未经您确认。请用 --policy 给出您采信的策略。",
        "Witnesses of the bundle's own policy signed ({witnesses}): that proves nothing. Give a policy you trust, by --policy.",
    ),
    "note.no-quorum": ("所给策略不要求任何见证签名。", "The policy that was given asks for no cosignature."),
    "note.microseconds": (
        "第 {entry} 号记录没有公开:known_at.recorded_at 只证明到秒。",
        "Entry {entry} is not disclosed: known_at.recorded_at is proven to the second only.",
    ),
    "note.derived": ("{fields} 不在记录之内,未作比对。", "Not part of the entry, and not compared: {fields}."),
    "note.leaf-only": (
        "只证明叶子在账本之中;其内容没有公开。",
        "Only the leaf is proven to stand in the log; what it commits to is not disclosed.",
    ),
}  # fmt: skip
