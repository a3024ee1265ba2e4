// The stack that guides for Node recommend: express, express-jwt, and jwks-rsa with its cache of keys.
import express from "express";
import { expressjwt } from "express-jwt";
import jwksRsa from "jwks-rsa";

const { JWKS_URI: jwksUri, ISSUER: issuer, AUDIENCE: audience } = process.env;
const secret = jwksRsa.expressJwtSecret({ cache: true, rateLimit: true, jwksRequestsPerMinute: 5, jwksUri });
const app = express();
app.get("/announcements", expressjwt({ secret, audience, issuer, algorithms: ["RS256"] }), (request, response) => {
  if (!request.auth.scope.split(" ").includes("announce:read")) return response.sendStatus(403);
  response.send("[]");
});
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
