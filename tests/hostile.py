"""Texts that have broken pages: each sets window.__x, or runs in Python, where a sink lets it."""

PAYLOADS = {
    "markup": "<img src=x onerror=\"window.__x='img'\">",
    "end of script": "</script><script>window.__x='script'</script>",
    "end of title": "</title><script>window.__x='title'</script>",
    "comment": "<!--<script>window.__x='comment'</script>-->",
    "backtick": "`+(window.__x='tick')+`",
    "template of JavaScript": "${window.__x='tmpl'}",
    "template of Python": "{{ 7*7 }} {{ namespace(__x=1) }}",
    "statement of a template": "{% raise %}{% for x in y %}",
    "double quote": "\"+(window.__x='dq')+\"",
    "single quote": "'+(window.__x='sq')+'",
    "address": "javascript:window.__x='url'",
    "link": 'https://example.org/?a="><img src=x onerror=window.__x=1>',
    "line separators": "a\u2028b\u2029c",
}
