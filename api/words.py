"""marshmallow's own messages with their Chinese, since every message to people stands in both languages."""

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "Missing data for required field.": "必填。",
    "Field may not be null.": "不能为空。",
    "Invalid value.": "取值无效。",
    "Not a valid string.": "应为文字。",
    "Not a valid integer.": "应为整数。",
    "Not a valid boolean.": "应为是或否。",
    "Not a valid mapping type.": "应为 JSON 对象。",
    "Not a valid list.": "应为列表。",
    "Invalid type.": "类型不对。",
    "Invalid input type.": "应为 JSON 对象。",
    "Not a valid file.": "请上传文件。",
}
BEGINNINGS: Mapping[str, str] = {
    "Must be one of:": "不在可选值之内。",
    "Must be greater than": "数值超出范围。",
    "Longer than maximum length": "过长。",
    "Shorter than minimum length": "过短。",
    "Length must be between": "长度超出范围。",
    "Length must be": "长度不对。",
}


def in_both(message: str) -> str:
    """A message with its Chinese before it; one that is not marshmallow's stays as it is."""
    chinese = CHINESE.get(message) or next((words for start, words in BEGINNINGS.items() if message.startswith(start)), None)
    return f"{chinese} {message}" if chinese else message
