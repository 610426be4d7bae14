/** The role in a `roles` claim that may read everything. */
export const READ = 'CallRecords.Read.All';
/** The role in a `roles` claim that may do everything. */
export const READ_WRITE = 'CallRecords.ReadWrite.All';
/** The application permissions of Microsoft Graph that this server knows, as written in the `roles` claim. */
export const ROLES: readonly string[] = [READ, READ_WRITE];
/** The delegated permission, as written in the `scp` claim. */
export const DELEGATED_READ = 'CallRecords.Read';
