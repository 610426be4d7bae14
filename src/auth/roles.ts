/** The role in a `roles` claim that may read everything. */
export const READ = 'CallRecords.Read.All';
/** The role in a `roles` claim that may do everything. */
export const READ_WRITE = 'CallRecords.ReadWrite.All';
/** The application permissions of Microsoft Graph that count here, as they stand in the `roles` claim. */
export const ROLES: readonly string[] = [READ, READ_WRITE];
/** The delegated permission, as it stands in the `scp` claim. */
export const DELEGATED_READ = 'CallRecords.Read';
