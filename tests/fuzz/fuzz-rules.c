/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-fuzz.h"
#include "belfry-rules-load.h"
#include "belfry-rules-parser.h"
#include "belfry-rules-walk.h"

/* A file of rules of any bytes: it is refused with messages that are lines of text, or it decides,
 * and then what it allows to a pattern it must allow to topics that match it. */

typedef struct
{
  const char *pattern;
  const char *topics[4];
} Request;

static const Request requests[] = {
  { "*", { "a", "ann", "", "v" } },
  { ">", { "a", "secret.plan", "room.7:x/y", "a:b" } },
  { "user.*", { "user.ann", "user.bob", "user.", "user.v" } },
  { "user.*.x", { "user.ann.x", "user.bob.x", "user..x", "user.v.x" } },
  { "room.>", { "room.7", "room.7:8/9", "room.7.chat", "room." } },
  { "*:*", { "a:b", "ann:v", ":", "room:7" } },
};

static BelfryIdentity *
make_user (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("ann");

  belfry_identity_builder_add_role (builder, "x");
  belfry_identity_builder_add_claim (builder, "c", "v");
  return belfry_identity_builder_end (builder, NULL);
}

static BelfryVerdict
decide (const BelfryRulesSet *set, BelfryIdentity *user, const char *topic, guint *n_asked)
{
  BelfryRulesWalk walk;
  BelfryVerdict verdict;

  belfry_rules_walk_init (&walk, set, user, BELFRY_TOPIC_ACTION_SUBSCRIBE, topic);
  while ((verdict = belfry_rules_walk_next (&walk)) == BELFRY_VERDICT_ASK)
    {
      g_autofree char *group = belfry_rules_walk_dup_group (&walk);

      if (*group == '\0')
        g_error ("asked for no group");
      (*n_asked)++;
      belfry_rules_walk_answer (&walk, BELFRY_RULES_MEMBER);
    }
  return verdict;
}

static void
check_request (const BelfryRulesSet *set, BelfryIdentity *user, const Request *request)
{
  guint n_asked = 0;

  if (decide (set, user, request->pattern, &n_asked) != BELFRY_VERDICT_ALLOW)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (request->topics); i++)
    {
      if (decide (set, user, request->topics[i], &n_asked) != BELFRY_VERDICT_ALLOW)
        g_error ("“%s” is allowed, but not “%s”", request->pattern, request->topics[i]);
    }
}

static void
check_message (const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  if (g_strv_length (lines) > BELFRY_RULES_MAX_PROBLEMS + 1)
    g_error ("too many lines: %s", message);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (!g_str_has_prefix (lines[i], "input:") || !g_utf8_validate (lines[i], -1, NULL) ||
          strpbrk (lines[i], "\r\033") != NULL)
        g_error ("not a line: %s", lines[i]);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRulesSet) set =
      belfry_rules_load_text ((const char *) data, size, "input", BELFRY_VERDICT_DENY, &error);

  if (set == NULL)
    {
      check_message (error->message);
      return 0;
    }
  g_autoptr (BelfryIdentity) user = make_user ();
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      check_request (set, user, &requests[i]);
      check_request (set, NULL, &requests[i]);
    }
  return 0;
}
