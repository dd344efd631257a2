/* The line that lists show in place of a conversation: the end of what its main thread said or called last. Inside a write. */
#pragma once

#include "conversation/conversation.h"

/* The last line of a text that is whole; a text of white space changes nothing. *ret_is_other: another line was shown. */
int last_line_set(Tx *tx, const Conversation *c, Str text, bool *ret_is_other, Err *e);
/* The last line of what is being said, as far as it has come. The same line is shown as long as nothing is being said, or
 * while a line is so long that its beginning is not among the newest events. */
int last_line_follow(Tx *tx, ConversationOf of, bool *ret_is_other, Err *e);
