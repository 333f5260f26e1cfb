export {
  checkGradient,
  type GradientCase,
  type GradientCheck,
  type OpenModel,
  type RunModel,
  relativeError,
} from './check-gradient.js';
