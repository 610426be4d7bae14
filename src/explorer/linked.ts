/**
 * The operation in a link: `/explorer#query=…&variables=…`. It is in the fragment, which browsers do not send, so that
 * no log shows what somebody looks for. It is removed from the address, so that a reload does not open it again.
 */
export function linkedTab(): { query: string; variables: string } | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const query = given.get('query');
  if (query === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return { query, variables: given.get('variables') ?? '' };
}
