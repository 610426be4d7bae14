import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { PAGE, type PageSettings } from './settings.js';

type Signing = NonNullable<PageSettings['signIn']>;

/** The issuer's response in the address of the page: a code, or the reason why there is none. */
const ANSWER = ['code', 'state', 'error', 'error_description', 'session_state', 'iss'];

let manager: UserManager | null = null;

function managerOf({ issuer, clientId, scope }: Signing): UserManager {
  manager ??= new UserManager({
    authority: issuer,
    client_id: clientId,
    scope,
    redirect_uri: new URL(PAGE, location.origin).href,
    // Only the verifier of the code outlives the page, while the viewer is at the issuer.
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
  });
  return manager;
}

/** Leaves for the issuer, which returns to the current address. */
export async function leaveToSignIn(signing: Signing): Promise<void> {
  await managerOf(signing).signinRedirect({ state: location.search });
}

/**
 * Exchanges the issuer's response in the address for an access token; throws the issuer's error. The address is the
 * earlier one again.
 */
export async function comeBack(signing: Signing): Promise<string> {
  try {
    const user = await managerOf(signing).signinRedirectCallback();
    history.replaceState(null, '', PAGE + (typeof user.state === 'string' ? user.state : ''));
    return user.access_token;
  } catch (error) {
    const params = new URLSearchParams(location.search);
    for (const name of ANSWER) params.delete(name);
    history.replaceState(null, '', params.size > 0 ? `${PAGE}?${params.toString()}` : PAGE);
    throw error;
  }
}

/** A new access token by the refresh token that came with the last one; null if there is none. */
export async function renew(signing: Signing): Promise<string | null> {
  const user = await managerOf(signing).getUser();
  if (!user?.refresh_token) return null;
  return (await managerOf(signing).signinSilent())?.access_token ?? null;
}
