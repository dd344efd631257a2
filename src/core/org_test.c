/* Whose an id is, by its prefix and the tables of the nouns. */
#include "core/org.h"

#include "base/test.h"
#include "core/test_app.h"

#define OTHER_ORG "org_11111111111111111111111111"
#define USER_OF "usr_11111111111111111111111111"

static const Sql user_org = {"user_org", "SELECT org_id FROM user WHERE id = ?1", "test"};
static const OrgOf orgs[] = {{"usr", &user_org}, {0}};

#define ORG_INNER(F, S) F(S, ID("usr"), one, .opt = 1, .doc = "One of them")
SHAPE(OrgInner, ORG_INNER);
SHAPE_DEFINE(OrgInner, ORG_INNER);
#define ORG_IN(F, S)                                                             \
    F(S, ID("usr"), one, .opt = 1, .doc = "One of them")                         \
    F(S, STRS, many, .opt = 1, .max = 10, .item_max = 40, .doc = "More of them") \
    F(S, OBJ(OrgInner), inner, .opt = 1, .doc = "One in an object")
SHAPE(OrgIn, ORG_IN);
SHAPE_DEFINE(OrgIn, ORG_IN);

static int fill_tx(Tx *tx, void *arg, Err *e) {
    (void)arg;
    static const Sql org = {"org", "INSERT INTO org VALUES ('" OTHER_ORG "', 'other', 1)", "test"},
                     user = {"user", "INSERT INTO user VALUES ('" USER_OF "', '" OTHER_ORG "', 'other', 1)", "test"};
    TRY(tx_run(tx, &org, DB_NONE, NULL, e));
    return tx_run(tx, &user, DB_NONE, NULL, e);
}

TEST(an_id_of_another_org_does_not_exist_wherever_the_input_names_it) {
    TestApp t;
    Principal who = auth_local(ROLE_OWNER), agent = auth_local(ROLE_AGENT);
    test_app_start(&t, &(TestAppConfig){.orgs = (const OrgOf *const[]){orgs, NULL}});
    test_write(&t, fill_tx, NULL);
    Str theirs = STR(USER_OF), mine = STR(LOCAL_USER), unknown = STR("usr_22222222222222222222222222");
    const struct {
        OrgIn in;
        const Principal *who;
        ErrCode want;
    } cases[] = {
        {{0}, &who, ERR_OK},
        {{.one = mine}, &who, ERR_OK},
        {{.one = unknown}, &who, ERR_OK}, /* what needs it says so */
        {{.one = theirs}, &who, ERR_NOT_FOUND},
        {{.one = theirs}, &agent, ERR_OK}, /* confined to its own in another way */
        {{.one = mine, .many = {(Str[]){mine, STR("other text"), theirs}, 3}}, &who, ERR_NOT_FOUND},
        {{.many = {(Str[]){mine, STR("usr"), STR("")}, 3}}, &who, ERR_OK},
        {{.inner = &(OrgInner){.one = mine}}, &who, ERR_OK},
        {{.inner = &(OrgInner){.one = theirs}}, &who, ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Err e = {0};
        (void)org_check_input(&t.app, t.conn, cases[i].who, &OrgIn_shape, &cases[i].in, &e);
        CHECK_I64(e.code, cases[i].want);
    }
    test_app_stop(&t);
}
