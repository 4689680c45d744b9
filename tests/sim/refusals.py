"""refusals.py - how venues say no: status, headers and body of each kind of refusal.

Used for REST answers and for refused websocket upgrades.  Bodies and texts are those of
the sheets where they give them; a comment says where they do not.
"""
import json

WAF_PAGE = (b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>"
            b"403 Forbidden</h1></center>\r\n<hr><center>cloudfront</center>\r\n</body>\r\n"
            b"</html>\r\n")
GEO_PAGE = (b"<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>"
            b"<H1>403 ERROR</H1>The Amazon CloudFront distribution is configured to block access "
            b"from your country.</BODY></HTML>\n")
RESTRICTED = ("Service unavailable from a restricted location according to 'b. Eligibility' in "
              "https://www.binance.com/en/terms.")
TOO_MANY = ("Too many requests; current limit is 2400 requests per minute. Please use the websocket "
            "for live updates to avoid polling the API.")
BANNED = ("Way too many requests; IP banned until %d. Please use the websocket for live updates to "
          "avoid bans.")
KINDS = ("429", "418", "451", "403", "403waf", "403rate", "403geo", "404", "500", "502", "503",
         "504", "error200")
JSON = ("Content-Type", "application/json;charset=UTF-8")
PAGE = ("Content-Type", "text/html")


def refusal(venue, kind, retry_after):
    """(status, headers, body)"""
    binance = venue.name.startswith("binance")
    if kind == "403":
        kind = "403waf" if binance else "403geo"
    wait = ("Retry-After", str(int(float(retry_after))))
    if kind in ("429", "418"):
        until_ms = venue.sim.now_ms + int(float(retry_after) * 1000)
        body = {"code": -1003, "msg": TOO_MANY if kind == "429" else BANNED % until_ms}
        if not binance:
            body = bybit(venue, 429, "System-level rate limit")
        return int(kind), [JSON, wait], dump(body)
    if kind == "451":
        return 451, [JSON], dump({"code": 0, "msg": RESTRICTED})
    if kind == "403rate":
        return 403, [("Content-Type", "text/plain")], b"access too frequent"
    if kind in ("403waf", "403geo"):
        return 403, [PAGE], WAF_PAGE if kind == "403waf" else GEO_PAGE
    if kind == "error200":
        # Live sample of 2026: a bad limit on fundingRate.  Bybit answers so as a rule.
        body = {"status": "ERROR", "type": "GENERAL", "code": "99099990",
                "errorData": "illegal params.", "data": None, "subData": None, "params": None}
        return 200, [JSON], dump(body if binance else bybit(venue, 10001, "params error"))
    status = int(kind)
    return status, [PAGE], b"<html><body><h1>%d</h1></body></html>\n" % status


def bybit(venue, code, msg):
    return {"retCode": code, "retMsg": msg, "result": {}, "retExtInfo": {},
            "time": venue.sim.now_ms}


def dump(body):
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
