"""What a person reads when an answer is wrong: Chinese first, then English, each to be had alone."""

from typing import Final


class Message(str):
    """A text in both languages; as a plain string it is `中文。 English.`."""

    zh: str
    en: str

    def __new__(cls, zh: str, en: str) -> "Message":
        """Join both languages."""
        text = super().__new__(cls, f"{zh} {en}")
        text.zh, text.en = zh, en
        return text

    def __reduce__(self) -> tuple[type["Message"], tuple[str, str]]:
        """Copy and pickle with both languages."""
        return Message, (self.zh, self.en)


def in_language(message: str, language: str) -> str:
    """A message in one language (`zh-CN`, `en`); one that is not a `Message` is given whole."""
    if not isinstance(message, Message):
        return message
    return message.en if language.startswith("en") else message.zh


REQUIRED: Final = Message("必填项，请填写。", "Required; please fill it in.")
UNKNOWN_KEY: Final = Message("表单中没有这一项。", "The form has no such field.")
NOT_TEXT: Final = Message("应为文字。", "This must be text.")
BAD_CHARACTER: Final = Message("含有无法保存的控制字符。", "It contains a control character that cannot be kept.")
PATTERN: Final = Message("格式不正确。", "This does not have the required form.")
NOT_NUMBER: Final = Message("应为数字。", "This must be a number.")
NOT_WHOLE: Final = Message("应为整数。", "This must be a whole number.")
NOT_BOOLEAN: Final = Message("应为“是”或“否”（true 或 false）。", "This must be true or false.")
NOT_CHOICE: Final = Message("请从所列选项中选择。", "Please choose one of the values listed.")
NOT_LIST: Final = Message("应为列表。", "This must be a list.")
REPEATED: Final = Message("同一选项重复。", "The same value stands there twice.")
NOT_DATE: Final = Message("日期格式应为 2026-03-02。", "A date is written 2026-03-02.")
NOT_MOMENT: Final = Message(
    "日期时间应带时区，如 2026-03-02T09:00:00+08:00。", "A date and time is written with its offset: 2026-03-02T09:00:00+08:00."
)
NOT_PHONE: Final = Message("电话号码不正确，固定电话请带区号。", "This is no telephone number; write a landline with its area code.")
NOT_FILES: Final = Message("应为已上传附件的编号。", "This must name attachments that were uploaded.")
NOT_PLACE: Final = Message("应为经纬度：lat 在 ±90 之间，lng 在 ±180 之间。", "This must be a place: lat within ±90 and lng within ±180.")


def too_short(least: int) -> Message:
    """Fewer characters than allowed."""
    return Message(f"至少填写 {least} 个字。", f"Write at least {least} characters.")


def too_long(most: int) -> Message:
    """More characters than allowed."""
    return Message(f"最多填写 {most} 个字。", f"Write at most {most} characters.")


def too_few(least: int) -> Message:
    """Fewer choices than allowed."""
    return Message(f"至少选择 {least} 项。", f"Choose at least {least}.")


def too_many(most: int) -> Message:
    """More choices than allowed."""
    return Message(f"最多选择 {most} 项。", f"Choose at most {most}.")


def too_small(least: float) -> Message:
    """A number below its range."""
    return Message(f"不能小于 {least:g}。", f"This must be {least:g} or more.")


def too_large(most: float) -> Message:
    """A number above its range."""
    return Message(f"不能大于 {most:g}。", f"This must be {most:g} or less.")
