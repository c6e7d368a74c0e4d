/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-test-files.h"
#include "belfry-test-front.h"
#include "belfry-test.h"

/* Made for this test, for the name belfry.test; protects nothing. */
static const char certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBgjCCASmgAwIBAgIUL/LXE0pPL2+D8RgICUmgqOOgaMUwCgYIKoZIzj0EAwIw\n"
    "FjEUMBIGA1UEAwwLYmVsZnJ5LnRlc3QwIBcNMjYxMTIxMDMxMzU2WhgPMjEyNjEw\n"
    "MjgwMzEzNTZaMBYxFDASBgNVBAMMC2JlbGZyeS50ZXN0MFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAEhEg5/jXRImbScslnXjwkL482OEbn0452SjIKaFKvaQKw4THE\n"
    "lPLvG0eCh147mjQYooD5VJcyNY6gR66ukx6i5qNTMFEwHQYDVR0OBBYEFPDA5/eZ\n"
    "eZj/NfVEN5WQxJJt2PTcMB8GA1UdIwQYMBaAFPDA5/eZeZj/NfVEN5WQxJJt2PTc\n"
    "MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgQqjtxs5bIKo58hEs\n"
    "rRCsNU3UupOZHzYSN8iY8wqoL2kCID1SeM8OJUC2vaoIUAKb1/ONSOmYv3FIzKPb\n"
    "DwnXUXD7\n"
    "-----END CERTIFICATE-----\n";
static const char key_pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
                              "MHcCAQEEIOlnFb0B4hQOIV0LBfmHgd0TwA+nm8RUipb7q4oeO/nYoAoGCCqGSM49\n"
                              "AwEHoUQDQgAEhEg5/jXRImbScslnXjwkL482OEbn0452SjIKaFKvaQKw4THElPLv\n"
                              "G0eCh147mjQYooD5VJcyNY6gR66ukx6i5g==\n"
                              "-----END EC PRIVATE KEY-----\n";

static void
load_certificate (BelfryTestFront *self)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *chain = belfry_test_dir_write (dir, "chain.pem", certificate_pem, -1);
  g_autofree char *key = belfry_test_dir_write (dir, "key.pem", key_pem, -1);
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_certificate_load (self->certificate, chain, key, &error));
  g_assert_no_error (error);

  /* What cannot be read changes nothing. */
  g_assert_false (belfry_certificate_load (self->certificate, key, key, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_autoptr (GTlsCertificate) certificate = belfry_certificate_get (self->certificate);
  g_assert_nonnull (certificate);
}

static gboolean
accept_any (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags errors)
{
  return TRUE;
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error));
  g_assert_no_error (error);
  *done = TRUE;
}

static GIOStream *
connect_tls (int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  GIOStream *tls = g_tls_client_connection_new (G_IO_STREAM (base), NULL, NULL);
  gboolean done = FALSE;

  g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_any), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), 0, NULL, on_handshake, &done);
  belfry_test_wait_until (done);
  return tls;
}

static void
say_tls (GIOStream *tls, const char *bytes)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (tls));

  g_assert_cmpint (g_pollable_output_stream_write_nonblocking (output, bytes, strlen (bytes), NULL,
                                                               NULL),
                   ==, (gssize) strlen (bytes));
}

/* The server's side of a handshake may end later than the client's, and the time for a request
 * begins then. */
static gboolean
is_over (BelfryTestFront *self)
{
  belfry_fake_clock_advance (self->clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (self->wheel);
  return belfry_addresses_get_n_connections (self->addresses) == 0;
}

/* GIO shakes hands in threads of a pool, which the leak checker must not meet at the end. */
static void
stop_threads (void)
{
  g_thread_pool_set_max_unused_threads (0);
  belfry_test_wait_until (g_thread_pool_get_num_unused_threads () == 0);
}

/* Over TLS, requests are answered and connections upgraded as without. */
static void
test_tls (void)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GString) early = g_string_new (NULL);
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  g_autoptr (GIOStream) tls = connect_tls (belfry_test_front_visit (&f, TRUE));
  say_tls (tls, GET ("/healthz") END);
  belfry_test_wait_until (belfry_test_read_stream (tls, answer, 15));
  g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 200 OK"));
  say_tls (tls, UPGRADE END "early");
  belfry_test_wait_until (f.upgraded != NULL);
  belfry_test_wait_until (belfry_test_read_stream (f.upgraded, early, strlen ("early")));
  g_assert_cmpstr (early->str, ==, "early");
  belfry_test_front_clear (&f);
  stop_threads ();
}

/* TLS that is silent, or no TLS, ends with the time for the handshake; without a certificate, at
 * once; and a request that does not come ends with the time for a request. */
static void
test_tls_bad (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  int fd = belfry_test_front_visit (&f, TRUE);
  belfry_test_say (fd, "\x16\x03\x01");
  g_autofree char *without = belfry_test_read_to_end (fd);
  g_assert_cmpstr (without, ==, "");

  load_certificate (&f);
  fd = belfry_test_front_visit (&f, TRUE);
  belfry_test_say (fd, "\x16\x03\x01");
  for (guint i = 0; i < 3; i++)
    g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  belfry_fake_clock_advance (f.clock, 6 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *silent = belfry_test_read_to_end (fd);
  g_assert_cmpstr (silent, ==, "");

  g_autoptr (GIOStream) tls = connect_tls (belfry_test_front_visit (&f, TRUE));
  g_assert_true (G_IS_TLS_CONNECTION (tls));
  belfry_test_wait_until (is_over (&f));
  belfry_test_front_clear (&f);
  stop_threads ();
}

/* Behind TLS, too, a request may have a body, and no more than it may have without. */
static void
test_tls_body (void)
{
  g_autofree char *body = belfry_test_make_body (3000);
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GString) refusal = g_string_new (NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  g_autoptr (GIOStream) tls = connect_tls (belfry_test_front_visit (&f, TRUE));
  say_tls (tls, POST ("3000") END);
  say_tls (tls, body);
  belfry_test_wait_until (belfry_test_read_stream (tls, answer, 0) &&
                          g_str_has_suffix (answer->str, sum));
  belfry_test_assert_sum (answer->str, body);
  say_tls (tls, POST ("200001") END);
  belfry_test_wait_until (belfry_test_read_stream (tls, refusal, 20));
  belfry_test_assert_status (refusal->str, 413);
  belfry_test_front_clear (&f);
  stop_threads ();
}

/* Behind TLS, too, a client that waits to be asked for its body is asked. */
static void
test_tls_expect (void)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  g_autoptr (GIOStream) tls = connect_tls (belfry_test_front_visit (&f, TRUE));
  say_tls (tls, POST ("3") "Expect: 100-continue" END END);
  belfry_test_wait_until (belfry_test_read_stream (tls, answer, strlen ("HTTP/1.1 100")) &&
                          g_str_has_suffix (answer->str, END END));
  belfry_test_assert_status (answer->str, 100);
  g_string_truncate (answer, 0);
  say_tls (tls, "abc");
  belfry_test_wait_until (belfry_test_read_stream (tls, answer, strlen ("HTTP/1.1 200")));
  belfry_test_assert_status (answer->str, 200);
  belfry_test_front_clear (&f);
  stop_threads ();
}

/* A body behind TLS that does not come has a place only as long as nobody else needs it. */
static void
test_tls_evicted (void)
{
  g_autoptr (GPtrArray) stalled = g_ptr_array_new_with_free_func (g_object_unref);
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  for (guint i = 0; i < 4; i++)
    {
      g_ptr_array_add (stalled, connect_tls (belfry_test_front_visit (&f, TRUE)));
      say_tls (g_ptr_array_index (stalled, i), POST ("10") END "123");
      belfry_test_wait_until (belfry_vestibule_get_n_inside (vestibule) == i + 1);
    }
  belfry_fake_clock_advance (f.clock, 2 * G_USEC_PER_SEC);
  g_autofree char *answer = belfry_test_front_ask (&f, GET ("/healthz") END);
  belfry_test_assert_status (answer, 200);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 3);
  belfry_test_front_clear (&f);
  stop_threads ();
}

/* Who is silent behind TLS has no place; who sends half a head, neither. */
static void
test_tls_silent (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  g_autoptr (GIOStream) silent = connect_tls (belfry_test_front_visit (&f, TRUE));
  g_autoptr (GIOStream) half = connect_tls (belfry_test_front_visit (&f, TRUE));
  say_tls (half, "GET / HT");
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 2);
  g_assert_cmpuint (belfry_vestibule_get_n_handshakes (vestibule), ==, 0);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
  g_assert_true (G_IS_TLS_CONNECTION (silent));
  belfry_test_front_clear (&f);
  stop_threads ();
}

static gboolean
has_good_end (GIOStream *tls)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (tls));
  g_autoptr (GError) error = NULL;
  char buffer[256];
  gssize n = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, &error);

  if (n < 0)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  return n == 0;
}

/* A connection that ends in order ends with a close_notify: answered, idle for too long, or because
 * the front goes. */
static void
test_tls_farewell (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  g_autoptr (GIOStream) answered = connect_tls (belfry_test_front_visit (&f, TRUE));
  say_tls (answered, GET ("/healthz") "Connection: close" END END);
  belfry_test_wait_until (has_good_end (answered));
  g_autoptr (GIOStream) idle = connect_tls (belfry_test_front_visit (&f, TRUE));
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 1);
  belfry_fake_clock_advance (f.clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  belfry_test_wait_until (has_good_end (idle));
  g_autoptr (GIOStream) last = connect_tls (belfry_test_front_visit (&f, TRUE));
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 1);
  belfry_test_front_clear (&f);
  belfry_test_wait_until (has_good_end (last));
  stop_threads ();
}

/* A front that ends waits for the threads of handshakes that nobody goes on with, and leaks none.
 */
static void
test_end_with_handshakes (void)
{
  int fds[3];
  BelfryTestFront f;

  belfry_test_front_init (&f);
  load_certificate (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = belfry_test_front_visit (&f, TRUE);
      belfry_test_say (fds[i], "\x16\x03\x01");
    }
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  belfry_test_wait_until (belfry_vestibule_get_n_handshakes (vestibule) == 2);
  belfry_test_wait_until (belfry_vestibule_get_n_queued (vestibule) == 1);
  belfry_http_front_end (f.front);
  g_assert_false (belfry_http_front_is_ended (f.front));
  belfry_test_wait_until (belfry_http_front_is_ended (f.front));
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==, 0);
  belfry_test_front_clear (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  stop_threads ();
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-front-tls/requests", test_tls);
  belfry_test_add ("/http-front-tls/bad", test_tls_bad);
  belfry_test_add ("/http-front-tls/body", test_tls_body);
  belfry_test_add ("/http-front-tls/expect", test_tls_expect);
  belfry_test_add ("/http-front-tls/evicted", test_tls_evicted);
  belfry_test_add ("/http-front-tls/silent", test_tls_silent);
  belfry_test_add ("/http-front-tls/farewell", test_tls_farewell);
  belfry_test_add ("/http-front-tls/end-with-handshakes", test_end_with_handshakes);
  return g_test_run ();
}
