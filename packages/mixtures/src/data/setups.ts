import { TASK_CLUSTERS, type TaskCluster } from '@flanlab/flan-datasets';

/** Which tasks a mixture takes: all of the clusters less what is dropped, or a list. */
export interface SetupSpec {
  readonly description: string;
  readonly dropClusters?: readonly TaskCluster[];
  readonly dropTasks?: readonly string[];
  /** Tasks taken in although the study always holds them out. Compat mode ignores it (Q39). */
  readonly keepTasks?: readonly string[];
  /** Exactly these tasks in this order; the three lists above are not used then. */
  readonly tasks?: readonly string[];
  /** Tasks that have to stay unseen: naming one in `tasks` as well is an error. */
  readonly heldOut?: readonly string[];
}

const NLG: readonly TaskCluster[] = ['struct_to_text_nlg', 'translation_nlg', 'summarization_nlg'];
const NLU: readonly TaskCluster[] = TASK_CLUSTERS.filter((cluster) => !NLG.includes(cluster));
const NLI = ['anli_r1', 'anli_r2', 'anli_r3', 'rte', 'cb', 'snli', 'mnli', 'wnli', 'qnli'];
const without = (list: readonly string[], kept: string): readonly string[] => list.filter((task) => task !== kept);
const allBut = (kept: TaskCluster): readonly TaskCluster[] => TASK_CLUSTERS.filter((cluster) => cluster !== kept);

/** The set-ups of the published ablation script (arXiv 2501.08716); its table of dropped clusters and tasks. */
const STUDY_SETUPS = {
  default: { description: 'the main mixture', dropClusters: ['misc', 'summarization_nlg'] },
  setup1: { description: 'generation tasks only', dropClusters: NLU },
  setup2: { description: 'neither generation nor inference', dropClusters: ['nli', ...NLG] },
  setup3: {
    description: 'QNLI only',
    dropClusters: allBut('nli'),
    dropTasks: without(NLI, 'qnli'),
    keepTasks: ['qnli'],
  },
  setup4: { description: 'MNLI only', dropClusters: allBut('nli'), dropTasks: without(NLI, 'mnli') },
  setup5: { description: 'no coreference', dropClusters: ['coreference'] },
  setup6: {
    description: 'Winogrande as the only coreference task',
    dropTasks: ['wsc273', 'dpr_raw'],
    keepTasks: ['winogrande'],
  },
  setup7: { description: 'DPR as the only coreference task', dropTasks: ['wsc273', 'winogrande'] },
  as_published: {
    description: 'the state in which the published script runs: MNLI and DPR alone in their clusters',
    dropTasks: [...without(NLI, 'mnli'), 'wsc273', 'winogrande'],
  },
} as const satisfies Record<string, SetupSpec>;

type LeaveOut = { readonly [Cluster in TaskCluster as `leave-out-${Cluster}`]: SetupSpec };

/** FLAN's own design: one cluster is left out so that all its tasks stay unseen (arXiv:2109.01652, section 2.1). */
const LEAVE_OUT_SETUPS = Object.fromEntries(
  TASK_CLUSTERS.map((cluster) => [
    `leave-out-${cluster}`,
    { description: `all clusters but ${cluster}`, dropClusters: [cluster] },
  ]),
) as unknown as LeaveOut;

/** Every named set-up. */
export const SETUPS = { ...STUDY_SETUPS, ...LEAVE_OUT_SETUPS } satisfies Record<string, SetupSpec>;

export type SetupName = keyof typeof SETUPS;

export const SETUP_NAMES = Object.keys(SETUPS) as readonly SetupName[];
