/**
 * The name of a builder, or of the Docker context that is one: no word that a command takes for a flag.
 *
 * Source: ValidateName in docker/buildx, store/util.go; restrictedNamePattern in docker/cli, context/store.
 */
export const builderName = /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/;
