/** The widget surface. */
import "../../style/tokens.css";

export default {};
