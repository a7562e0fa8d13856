"""Citizens 市民: names and phones encrypted at rest, found by a blind index, masked where nobody needs them (X02)."""
