"""Which user agents are bots: crawlers, previews and monitors, as they name themselves.

Flows in: a User-Agent header. Flows out: a verdict. HTTP libraries (``curl``, ``python-requests``)
are no bots here: they are what APIs are called with.
"""

from __future__ import annotations

from typing import Final

from moesif_declarative.rules.pattern import compile_pattern

_LONGEST_LOOKED_AT: Final = 1_000

# Words that whole families bear come first, then those that bear none of these words.
_SIGNS: Final = compile_pattern(
    r"bot(?:[^a-z]|$)|crawl|spider|slurp|scraper|archiver|fetcher|transcoder|link ?check"
    r"|facebookexternalhit|facebookcatalog|meta-external|mediapartners|apis-google"
    r"|google-inspectiontool|google-read-aloud|googleother|bingpreview|yahoo! "
    r"|yandex(?:images|media)"
    r"|baidu|sogou|headlesschrome|phantomjs|lighthouse|pagespeed|gtmetrix|pingdom|statuscake"
    r"|site24x7|newrelicpinger|uptime|panscient|nutch|heritrix|wget/.*mirror|embedly|quora link"
    r"|whatsapp/|vkshare|skypeuripreview|w3c_validator|chatgpt-user|claude-(?:user|web)"
    r"|perplexity-user|cohere-ai|diffbot|scrapy|nmap|nikto|sqlmap|zgrab|masscan",
    ignore_case=True,
)
_PHONE: Final = compile_pattern(r"\bcubot", ignore_case=True)


def is_bot(user_agent: str) -> bool:
    """Whether a User-Agent header names a bot; never raises."""
    text = user_agent[:_LONGEST_LOOKED_AT]
    return _SIGNS.found(text) and not _PHONE.found(text)
