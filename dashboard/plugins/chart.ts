import { BarController, BarElement, Chart, Filler, LinearScale, LineController, LineElement, PointElement, TimeScale } from 'chart.js';
import 'chartjs-adapter-date-fns';

Chart.register(BarController, BarElement, Filler, LinearScale, LineController, LineElement, PointElement, TimeScale);
