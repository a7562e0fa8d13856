"""Words of the pages in the reader's language: the Chinese message is the key, other languages are data in `<code>/*.json`."""

from api.web.i18n.catalogue import LANGUAGES, N_, missing, one_language, translate
from api.web.i18n.choice import language, remember_language

__all__ = ["LANGUAGES", "N_", "language", "missing", "one_language", "remember_language", "translate"]
