/** The join surface. */
import "../../style/tokens.css";

export default {};
