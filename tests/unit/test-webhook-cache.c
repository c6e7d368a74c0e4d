/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-webhook-cache.h"

#include "belfry-test.h"
#include "belfry-webhook-breaker.h"

static BelfryWebhookAnswer *
answer_new (void)
{
  g_autoptr (GBytes) content = g_bytes_new (NULL, 0);

  return belfry_webhook_answer_parse_verdict (204, content, 0, NULL);
}

/* An answer is good until it expires, and gone then. */
static void
test_expiry (void)
{
  g_autoptr (BelfryWebhookCache) cache = belfry_webhook_cache_new (10);
  g_autoptr (BelfryWebhookAnswer) answer = answer_new ();

  belfry_webhook_cache_insert (cache, "a", answer, 100, 200);
  g_assert_true (belfry_webhook_cache_lookup (cache, "a", 199) == answer);
  g_assert_null (belfry_webhook_cache_lookup (cache, "b", 100));
  g_assert_null (belfry_webhook_cache_lookup (cache, "a", 200));
  g_assert_cmpuint (belfry_webhook_cache_get_size (cache), ==, 0);
  belfry_webhook_cache_insert (cache, "a", answer, 100, 100);
  g_assert_cmpuint (belfry_webhook_cache_get_size (cache), ==, 0);
}

/* A newer answer takes the place of an older one, even if it is not to be kept. */
static void
test_replace (void)
{
  g_autoptr (BelfryWebhookCache) cache = belfry_webhook_cache_new (10);
  g_autoptr (BelfryWebhookAnswer) old = answer_new ();
  g_autoptr (BelfryWebhookAnswer) new = answer_new ();

  belfry_webhook_cache_insert (cache, "a", old, 0, 100);
  belfry_webhook_cache_insert (cache, "a", new, 0, 100);
  g_assert_true (belfry_webhook_cache_lookup (cache, "a", 0) == new);
  g_assert_cmpuint (belfry_webhook_cache_get_size (cache), ==, 1);
  belfry_webhook_cache_insert (cache, "a", old, 50, 50);
  g_assert_null (belfry_webhook_cache_lookup (cache, "a", 50));
}

/* When it is full, what was not used for longest makes room. */
static void
test_bound (void)
{
  g_autoptr (BelfryWebhookCache) cache = belfry_webhook_cache_new (2);
  g_autoptr (BelfryWebhookCache) none = belfry_webhook_cache_new (0);
  g_autoptr (BelfryWebhookAnswer) answer = answer_new ();

  belfry_webhook_cache_insert (cache, "a", answer, 0, 100);
  belfry_webhook_cache_insert (cache, "b", answer, 0, 100);
  g_assert_nonnull (belfry_webhook_cache_lookup (cache, "a", 0));
  belfry_webhook_cache_insert (cache, "c", answer, 0, 100);
  g_assert_nonnull (belfry_webhook_cache_lookup (cache, "a", 0));
  g_assert_null (belfry_webhook_cache_lookup (cache, "b", 0));
  g_assert_nonnull (belfry_webhook_cache_lookup (cache, "c", 0));
  g_assert_cmpuint (belfry_webhook_cache_get_size (cache), ==, 2);
  belfry_webhook_cache_insert (none, "a", answer, 0, 100);
  g_assert_cmpuint (belfry_webhook_cache_get_size (none), ==, 0);
}

/* After so many failures in a row nothing is asked, then one question tries. */
static void
test_breaker (void)
{
  BelfryWebhookBreaker breaker;

  belfry_webhook_breaker_init (&breaker, 2, 100);
  g_assert_true (belfry_webhook_breaker_try (&breaker, 0));
  g_assert_false (belfry_webhook_breaker_fail (&breaker, 0));
  g_assert_false (belfry_webhook_breaker_succeed (&breaker));
  g_assert_false (belfry_webhook_breaker_fail (&breaker, 0));
  g_assert_true (belfry_webhook_breaker_fail (&breaker, 0));
  g_assert_false (belfry_webhook_breaker_try (&breaker, 99));
  g_assert_true (belfry_webhook_breaker_try (&breaker, 100));
  g_assert_false (belfry_webhook_breaker_try (&breaker, 100));
  g_assert_false (belfry_webhook_breaker_fail (&breaker, 150));
  g_assert_false (belfry_webhook_breaker_try (&breaker, 249));
  g_assert_true (belfry_webhook_breaker_try (&breaker, 250));
  g_assert_true (belfry_webhook_breaker_succeed (&breaker));
  g_assert_true (belfry_webhook_breaker_try (&breaker, 250));
  g_assert_true (belfry_webhook_breaker_try (&breaker, 250));
}

/* If the one that tries is given up, another may. */
static void
test_breaker_given_up (void)
{
  BelfryWebhookBreaker breaker;

  belfry_webhook_breaker_init (&breaker, 1, 100);
  g_assert_true (belfry_webhook_breaker_fail (&breaker, 0));
  g_assert_true (belfry_webhook_breaker_try (&breaker, 100));
  belfry_webhook_breaker_give_up (&breaker);
  g_assert_true (belfry_webhook_breaker_try (&breaker, 101));
  g_assert_false (belfry_webhook_breaker_try (&breaker, 101));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/webhook-cache/expiry", test_expiry);
  belfry_test_add ("/webhook-cache/replace", test_replace);
  belfry_test_add ("/webhook-cache/bound", test_bound);
  belfry_test_add ("/webhook-cache/breaker", test_breaker);
  belfry_test_add ("/webhook-cache/breaker-given-up", test_breaker_given_up);
  return g_test_run ();
}
