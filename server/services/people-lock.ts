/**
 * Names the lock under which people are changed, and sign in: two administrators that demote each other at once would leave none, two of one name would be
 * made, and a sign-in by an old password would outlive the new one.
 */
export const PEOPLE = 'people';
