/**
 * What Docker takes as the name of a context: nothing that could be read as an address.
 *
 * Source: docker/cli, cli/context/store, restrictedNamePattern.
 */
export const contextName = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;
