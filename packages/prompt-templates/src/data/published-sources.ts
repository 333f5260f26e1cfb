/** One file of a published catalogue, pinned by commit and by the hash of its bytes. */
export interface PublishedFile {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly sha256: string;
}

/** Published catalogues that can be fetched. All files are under the Apache licence 2.0; none of their text is shipped. */
export const PUBLISHED_CATALOGUES = {
  /** The wording of arXiv 2501.08716: FLAN's table with its own field names, and the SampleGen and BIG-bench frames. */
  samplegen: [
    {
      repo: 'UKPLab/arxiv2025-inherent-limits-plms',
      commit: 'daf2a2e2de1b1f1369f3ff1a04f3399639de4ba9',
      path: 'prompts/flan_orig.py',
      sha256: 'a361f5edde6f162f7ef146430514b5359987da70a9e1f90fc647694df0f5c054',
    },
    {
      repo: 'UKPLab/arxiv2025-inherent-limits-plms',
      commit: 'daf2a2e2de1b1f1369f3ff1a04f3399639de4ba9',
      path: 'prompts/templates.json',
      sha256: 'b11c1e209c5b1765cbd257fa90e8d161bdab099e493b1c2bcd183c7eb3222e6e',
    },
  ],
  /** Google's FLAN table as first published (arXiv 2109.01652). */
  flan: [
    {
      repo: 'google-research/FLAN',
      commit: 'e9e4ec6e2701182c7a91af176f705310da541277',
      path: 'flan/templates.py',
      sha256: 'b861032a4f9951e50c3e99dd3c6f840ccce48dc5ed5e100ae60e5da3445619b7',
    },
  ],
} as const satisfies Record<string, readonly PublishedFile[]>;

export type PublishedCatalogueName = keyof typeof PUBLISHED_CATALOGUES;
