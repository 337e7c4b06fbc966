// Signed in at the suite, one can try every call here: the browser sends the session's cookie.
SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  deepLinking: true,
  filter: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  displayRequestDuration: true,
  showExtensions: true,
  validatorUrl: null,
});
