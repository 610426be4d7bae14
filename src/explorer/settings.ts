/** What the server wrote into the page: { endpoint, headers, operations: [{ name, document, variables }] }. */
export const settings = JSON.parse(document.getElementById('settings').textContent);
