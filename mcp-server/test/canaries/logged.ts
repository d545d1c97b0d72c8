/** A form in which programs write credentials into their logs. */
export interface Logged {
  readonly place: string;
  /** The credential around its eight characters; default: a word. */
  readonly shape?: (core: string) => string;
  readonly line: (secret: string) => string;
}

export const LOGGED: readonly Logged[] = [
  { place: "userinfo of a URL", line: (secret) => `fatal: dial amqp://app:${secret}@mq:5672/ refused` },
  {
    place: "a bearer header",
    shape: (core) => `${core}.9f8e7d6c5b`,
    line: (secret) => `fatal: 401 for Authorization: Bearer ${secret}`,
  },
  { place: "JSON", line: (secret) => `{"level":"fatal","msg":"no login","db":{"password":"${secret}"}}` },
  {
    place: "JSON in JSON",
    line: (secret) => JSON.stringify({ level: "fatal", body: JSON.stringify({ client_secret: secret }) }),
  },
  { place: "key=value", line: (secret) => `fatal: level=error DB_PASSWORD=${secret} host=db` },
  { place: "key: value", line: (secret) => `fatal: cannot log in, password: ${secret}` },
  {
    place: "a private key",
    shape: (core) => `MIIEow${core}IBAAKCAQEA`,
    line: (secret) =>
      ["fatal: bad key -----BEGIN RSA PRIVATE", ` KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`].join(""),
  },
  {
    place: "an AWS key id",
    shape: (core) => `AKIA${core.toUpperCase()}9QX2LM7P`,
    line: (secret) => `fatal: aws key ${secret} is not active`,
  },
  {
    place: "a GitHub token",
    shape: (core) => `ghp_${core}7e42F292c6912E7710c838347Ae1`,
    line: (secret) => `fatal: clone https://${secret}@github.com/a/b failed`,
  },
  {
    place: "an Azure storage key",
    shape: (core) => `${core}12efGH34ijKL56mnOP78qrST90uvWXabCD12efGH34ijKL56mnOP78qrST==`,
    line: (secret) => `fatal: DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${secret};EndpointSuffix=x`,
  },
  {
    place: "a JWT",
    shape: (core) => `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${core}"}`).toString("base64url")}.c2lnbmF0dXJl`,
    line: (secret) => `fatal: token rejected ${secret}`,
  },
  {
    place: "base64 of a credential",
    shape: (core) => `password=horse-${core}`,
    line: (secret) => `fatal: cannot parse ${Buffer.from(secret).toString("base64")}`,
  },
  { place: "a query string", line: (secret) => `fatal: GET https://api/v1?api_key=${secret}&page=2 failed` },
  {
    place: "a URL-encoded password",
    shape: (core) => `p@ss/${core}`,
    line: (secret) => `fatal: dial postgres://app:${encodeURIComponent(secret)}@db:5432/shop`,
  },
  { place: "a curl command", line: (secret) => `fatal: curl -u app:${secret} http://api/ exited with 22` },
  { place: "a mysql command", line: (secret) => `fatal: mysql -uapp -p${secret} -h db exited with 1` },
  {
    place: "the end of a line that is cut",
    shape: (core) => `${core}${"-rest".repeat(40)}`,
    line: (secret) => `fatal: ${"no answer ".repeat(30)}postgres://app:${secret}@db:5432/shop`,
  },
  {
    place: "the end of a quote that is cut",
    shape: (core) => `${core}${"-rest".repeat(40)}`,
    line: (secret) => `fatal: ${"no answer ".repeat(88)}postgres://app:${secret}@db:5432/shop`,
  },
  { place: "a cookie", line: (secret) => `fatal: refused Cookie: session=${secret}` },
  { place: "a header list", line: (secret) => `fatal: headers map[Authorization:[Basic ${secret}] Host:[api]]` },
];
