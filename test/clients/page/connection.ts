declare global {
  interface Window {
    SERVER: { url: string; token: string };
  }
}

export const { url, token } = window.SERVER;
export const headers = { authorization: `Bearer ${token}` };

/** Sends what got lost on the way once more: a create has its key, and all else may be repeated anyway. */
export const fetchAgain: typeof fetch = (input, init) => fetch(input, init).catch(() => fetch(input, init));
