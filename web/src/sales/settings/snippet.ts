type Label = "name" | "company" | "email" | "phone" | "needs" | "send" | "thanks";

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** What is pasted into a web page: a form that hands in a lead, with a field that only robots fill in. */
export function snippetOf(origin: string, key: string, label: (name: Label) => string): string {
  const line = (name: string, text: Label, type = "text", more = "") => `  <label>${escaped(label(text))} <input name="${name}" type="${type}"${more}></label>`;
  return `<form id="crm-lead-form">
${line("name", "name", "text", ' autocomplete="name" required')}
${line("company", "company", "text", ' autocomplete="organization"')}
${line("email", "email", "email", ' autocomplete="email" required')}
${line("phone", "phone", "tel", ' autocomplete="tel"')}
  <label>${escaped(label("needs"))} <textarea name="needs"></textarea></label>
  <input name="homepage" tabindex="-1" autocomplete="off" aria-hidden="true" style="position:absolute;left:-9999px">
  <button>${escaped(label("send"))}</button>
</form>
<script>
document.getElementById("crm-lead-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const query = new URLSearchParams(location.search);
  const utm = {};
  for (const part of ["source", "medium", "campaign", "term", "content"]) utm[part] = query.get("utm_" + part) || "";
  const answer = await fetch(${JSON.stringify(`${origin}/v1/leads:capture`)}, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: ${JSON.stringify(key)}, utm, ...Object.fromEntries(new FormData(form)) }),
  });
  if (answer.ok) form.replaceWith(${JSON.stringify(label("thanks")).replaceAll("<", "\\u003c")});
});
</script>
`;
}
