import { LICENCES, type Licence } from './licences.js';
import { COLLECTIONS, type DataSetName, PAPERS, type Paper } from './papers.js';

/** Where a data set comes from, and on what terms it is given out. */
export interface Provenance {
  /** Left out of data that nobody has written about. */
  readonly paper?: Paper;
  /** The collection whose form of the data set is read. */
  readonly collection?: Paper;
  readonly licence: Licence;
}

/** Paper and licence of a data set, in the form of a collection where one is named. */
export function provenance(name: DataSetName, collection?: keyof typeof COLLECTIONS): Provenance {
  return {
    paper: PAPERS[name],
    ...(collection && { collection: COLLECTIONS[collection] }),
    licence: LICENCES[name],
  };
}
