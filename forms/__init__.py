"""Forms 表单: form-js-shaped schemas, their validation and how a page shows them; no word of hotlines, none of the web framework."""
