"""Cases (案件): opening, finding, showing, closing; who may see one; the citizen's own question after it."""
