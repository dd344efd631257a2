/* The one place that knows every noun: their operations, statements, migrations and registrations. */
#pragma once

#include "conversation/conversation.h"
#include "core/topic.h"

/* NULL-terminated lists of zero-row-terminated arrays. */
const Op *const *features_ops(void);
const Migration *const *features_migrations(void);
/* Who may follow which topic; the kinds of subjects that talk. */
const TopicDef *const *features_topics(void);
const OrgOf *const *features_orgs(void);
const ConversationKind *const *features_conversations(void);
/* NULL-terminated list of NULL-terminated tables. */
const Sql *const *const *features_sql(void);
/* Registers owners, hooks, sources and what is counted, in order. Start-up only. */
void features_register(App *app);
