// What every page loads: styles, htmx and a few small courtesies. Pages work without any of it.
import 'htmx.org';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/layout.css';
import '../styles/controls.css';
import '../styles/lamps.css';
import '../styles/tables.css';
import '../styles/popups.css';
import '../styles/login.css';
import '../styles/public.css';
import '../styles/incidents.css';
import '../styles/telephony.css';
import '../styles/print.css';
import { keepMenusTidy } from './menus';
import { followConditions, guardAgainstDoubleSubmit, showWhatIsWrong } from './forms';
import { refreshLive } from './live';
import { openWindows } from './windows';

keepMenusTidy();
guardAgainstDoubleSubmit();
showWhatIsWrong();
followConditions();
refreshLive();
openWindows();
