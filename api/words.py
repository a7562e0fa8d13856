"""marshmallow's own messages with their Chinese, since every message to people stands in both languages."""

import re
from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Missing data for required field.": "必填。",
    "Field may not be null.": "不能为空。",
    "Invalid value.": "取值无效。",
    "Invalid input.": "取值无效。",
    "Invalid type.": "应为 JSON 对象。",
    "Invalid input type.": "应为 JSON 对象。",
    "Unknown field.": "没有这个字段。",
    "Not a valid string.": "应为文字。",
    "Not a valid utf-8 string.": "应为 UTF-8 文字。",
    "Not a valid boolean.": "应为是或否（true 或 false）。",
    "Not a valid integer.": "应为整数。",
    "Not a valid number.": "应为数字。",
    "Number too large.": "数字过大。",
    "Special numeric values (nan or infinity) are not permitted.": "不接受无穷或非数字。",
    "Not a valid mapping type.": "应为 JSON 对象。",
    "Not a valid list.": "应为列表。",
    "Not a valid tuple.": "应为列表。",
    "Not a valid file.": "请上传文件。",
    "Not a valid date.": "应为日期，如 2026-11-22。",
    "Not a valid time.": "应为时间，如 08:30。",
    "Not a valid datetime.": "应为日期时间，如 2026-11-22T08:30:00+08:00。",
    "Not a valid aware datetime.": "时间须带时区，如 2026-11-22T08:30:00+08:00。",
    "Not a valid period of time.": "应为时长。",
    "Not a valid UUID.": "应为 UUID。",
    "Not a valid URL.": "应为网址。",
    "Not a valid email address.": "应为电子邮件地址。",
    "String does not match expected pattern.": "格式不对。",
    "Must be equal to {other}.": "须为 {other}。",
    "Must be one of: {choices}.": "须为以下之一：{choices}。",
    "One or more of the choices you made was in: {values}.": "不可包含：{values}。",
    "One or more of the choices you made was not in: {choices}.": "只可包含：{choices}。",
    "Must be greater than or equal to {min} and less than or equal to {max}.": "须在 {min} 至 {max} 之间。",
    "Must be greater than or equal to {min}.": "不得小于 {min}。",
    "Must be less than or equal to {max}.": "不得大于 {max}。",
    "Must be greater than {min}.": "须大于 {min}。",
    "Must be less than {max}.": "须小于 {max}。",
    "Shorter than minimum length {min}.": "过短，至少 {min}。",
    "Longer than maximum length {max}.": "过长，最多 {max}。",
    "Length must be between {min} and {max}.": "长度须在 {min} 至 {max} 之间。",
    "Length must be {equal}.": "长度须为 {equal}。",
}
"""By marshmallow's own templates; what stands in its braces is said in the Chinese too."""

_BRACES = re.compile(r"\\\{(\w+)\\\}")
_TEMPLATES = [(re.compile(_BRACES.sub(r"(?P<\1>.*)", re.escape(english))), chinese) for english, chinese in CHINESE.items()]


def in_both(message: str) -> str:
    """A message with its Chinese before it; one that is not marshmallow's stays as it is."""
    for template, chinese in _TEMPLATES:
        found = template.fullmatch(message)
        if found is not None:
            return f"{chinese.format(**found.groupdict())} {message}"
    return message
