/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-close"

#include "config.h"

#include "belfry-close.h"

#include <string.h>

#include "belfry-test-bytes.h"
#include "belfry-test.h"

#define CODES 65536

static gboolean
is_expected_code (guint code)
{
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/* Of all codes that two bytes can hold only those that may stand on the wire are taken. */
static void
test_codes (void)
{
  for (guint code = 0; code < CODES; code++)
    {
      const guint8 payload[] = { (guint8) (code >> 8), (guint8) code };
      const char *problem = NULL;
      BelfryClose close;
      guint answer = belfry_close_parse (payload, sizeof payload, &close, &problem);

      g_assert_cmpint (belfry_close_code_is_valid (code), ==, is_expected_code (code));
      g_assert_cmpuint (answer, ==, is_expected_code (code) ? 0 : 1002);
      g_assert_cmpint (problem == NULL, ==, is_expected_code (code));
      g_assert_cmpuint (close.code, ==, is_expected_code (code) ? code : 1005);
    }
  g_assert_false (belfry_close_code_is_valid (CODES + 1000));
}

/* A close that says nothing is valid, and has the code that stands for that. */
static void
test_empty (void)
{
  const char *problem = NULL;
  BelfryClose close;

  g_assert_cmpuint (belfry_close_parse (NULL, 0, &close, &problem), ==, 0);
  g_assert_cmpuint (close.code, ==, BELFRY_CLOSE_NO_STATUS);
  g_assert_cmpuint (close.reason_length, ==, 0);
}

typedef struct
{
  const char *defect;
  const char *payload;
  guint answer;
} BadClose;

static const BadClose bad_closes[] = {
  { "half a code", "03", 1002 },
  { "code 0", "0000", 1002 },
  { "code 999", "03E7", 1002 },
  { "no status on the wire", "03ED", 1002 },
  { "abnormal on the wire", "03EE", 1002 },
  { "TLS failure on the wire", "03F7", 1002 },
  { "reserved for the future", "07D0", 1002 },
  { "beyond the private codes", "1388", 1002 },
  { "bad code and bad reason", "03ED FF", 1002 },
  { "reason not UTF-8", "03E8 FF", 1007 },
  { "reason cut within a character", "03E8 'ok' E282", 1007 },
  { "surrogate in the reason", "03E8 EDA080", 1007 },
};

/* A wrong payload is answered with the code that its defect calls for. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_closes); i++)
    {
      g_autoptr (GByteArray) payload = belfry_test_bytes (bad_closes[i].payload);
      const char *problem = NULL;
      BelfryClose close;

      g_test_message ("%s", bad_closes[i].defect);
      g_assert_cmpuint (belfry_close_parse (payload->data, payload->len, &close, &problem), ==,
                        bad_closes[i].answer);
      g_assert_nonnull (problem);
    }
}

/* What is encoded is read back. */
static void
test_round_trip (void)
{
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];
  const char *problem = NULL;
  BelfryClose close;
  gsize length = belfry_close_encode (BELFRY_CLOSE_SLOW_CONSUMER, "too slow – sorry", payload);

  g_assert_cmpuint (belfry_close_parse (payload, length, &close, &problem), ==, 0);
  g_assert_cmpuint (close.code, ==, 4501);
  belfry_test_assert_bytes (close.reason, close.reason_length, "'too slow – sorry'");
  g_assert_cmpuint (belfry_close_encode (BELFRY_CLOSE_NO_STATUS, "unseen", payload), ==, 0);
  g_assert_cmpuint (belfry_close_encode (BELFRY_CLOSE_NORMAL, NULL, payload), ==, 2);
}

/* A reason that is too long is cut between characters, whatever their length. */
static void
test_truncation (void)
{
  static const char *const characters[] = { "x", "ä", "€", "🔔" };

  for (gsize i = 0; i < G_N_ELEMENTS (characters); i++)
    {
      g_autoptr (GString) reason = g_string_new (NULL);
      guint8 payload[BELFRY_FRAME_CONTROL_MAX];
      const char *problem = NULL;
      gsize size = strlen (characters[i]);
      BelfryClose close;

      while (reason->len < 300)
        g_string_append (reason, characters[i]);
      gsize length = belfry_close_encode (BELFRY_CLOSE_NORMAL, reason->str, payload);
      g_assert_cmpuint (length, ==, 2 + BELFRY_CLOSE_REASON_MAX / size * size);
      g_assert_cmpuint (belfry_close_parse (payload, length, &close, &problem), ==, 0);
    }
}

/* A reason that is not UTF-8 never leaves: it is cut before the bad byte. */
static void
test_bad_reason (void)
{
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];

  gsize length = belfry_close_encode (BELFRY_CLOSE_NORMAL, "good\xFF bad", payload);
  belfry_test_assert_bytes (payload, length, "03E8 'good'");
}

/* A close frame is a control frame with nothing before or behind the payload. */
static void
test_frame (void)
{
  g_autoptr (GBytes) frame = belfry_close_frame (BELFRY_CLOSE_GOING_AWAY, "bye");
  g_autoptr (GBytes) empty = belfry_close_frame (BELFRY_CLOSE_NO_STATUS, NULL);

  belfry_test_assert_bytes (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame),
                            "88 05 03E9 'bye'");
  belfry_test_assert_bytes (g_bytes_get_data (empty, NULL), g_bytes_get_size (empty), "88 00");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/close/codes", test_codes);
  belfry_test_add ("/close/empty", test_empty);
  belfry_test_add ("/close/bad", test_bad);
  belfry_test_add ("/close/round-trip", test_round_trip);
  belfry_test_add ("/close/truncation", test_truncation);
  belfry_test_add ("/close/bad-reason", test_bad_reason);
  belfry_test_add ("/close/frame", test_frame);
  return g_test_run ();
}
