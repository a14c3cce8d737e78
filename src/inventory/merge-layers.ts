import { Directory, directoryAt, FarLink, isSymlink, nodeAt, type Node } from './layer-tree.ts';

/**
 * Puts the layers of an image on top of each other, the base's first; the layers stay as they are.
 * Source: OCI image-spec, layer.md, "Applying Changesets".
 *
 * Where a layer has files below a name that is a symbolic link in the layers under it, and does not
 * say itself that the name is a directory, the link is followed, as containerd does.
 */
export function mergeLayers(layers: readonly Directory[]): Directory {
  const merged = new Directory(true);
  for (const layer of layers) new Overlay(merged, layer).apply();
  return merged;
}

class Overlay {
  private readonly merged: Directory;
  private readonly layer: Directory;
  /** What the layer's hard links to files below it are, before it takes any of them away. */
  private readonly far = new Map<FarLink, Node>();

  constructor(merged: Directory, layer: Directory) {
    this.merged = merged;
    this.layer = layer;
  }

  apply(): void {
    this.resolve(this.layer);
    this.lay(this.merged, this.layer, []);
  }

  private resolve(directory: Directory): void {
    for (const node of directory.entries.values()) {
      if (node instanceof Directory) this.resolve(node);
      if (!(node instanceof FarLink)) continue;
      const parent = directoryAt(this.merged, node.parts.slice(0, -1), { make: false });
      const found = parent === undefined ? undefined : nodeAt(parent, node.parts.slice(-1));
      if (found !== undefined && !(found instanceof Directory)) this.far.set(node, found);
    }
  }

  private lay(lower: Directory, upper: Directory, path: readonly string[]): void {
    if (upper.opaque) lower.entries.clear();
    for (const name of upper.removed ?? []) lower.entries.delete(name);
    for (const [name, node] of upper.entries) {
      if (node instanceof Directory) this.layDirectory(lower, node, [...path, name]);
      else if (!(node instanceof FarLink)) lower.entries.set(name, node);
      else this.layLink(lower, name, node);
    }
  }

  private layLink(lower: Directory, name: string, node: FarLink): void {
    const found = this.far.get(node);
    if (found === undefined) lower.entries.delete(name);
    else lower.entries.set(name, found);
  }

  private layDirectory(lower: Directory, upper: Directory, path: readonly string[]): void {
    const name = path.at(-1) ?? '';
    const before = lower.entries.get(name);
    const followed =
      !upper.explicit && isSymlink(before)
        ? directoryAt(this.merged, path, { make: true })
        : undefined;
    let target = before instanceof Directory ? before : followed;
    if (target === undefined) {
      target = new Directory(true);
      lower.entries.set(name, target);
    }
    if (upper.explicit) target.closed = upper.closed;
    this.lay(target, upper, path);
  }
}
