-- wrk: first letters, each with a one-time token of its own (64 hex digits), so that each is stored exactly once.
math.randomseed(os.time() + tonumber(tostring({}):sub(8)) % 100000)
local path, body = os.getenv("LETTER_PATH"), os.getenv("LETTER_BODY")
local headers = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Origin"] = os.getenv("LETTER_ORIGIN"),
  ["Sec-Fetch-Site"] = "same-origin",
}
request = function()
  local token = {}
  for i = 1, 16 do token[i] = string.format("%04x", math.random(0, 65535)) end
  return wrk.format("POST", path, headers, "_f=" .. table.concat(token) .. "&" .. body)
end
