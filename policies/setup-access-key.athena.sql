-- Access keys that were created with their user: the question of `setupkey history`, for Athena.
--
-- The table is the one of the CloudTrail user guide ("Create a table for CloudTrail logs"), with its columns
-- eventtime, eventsource, eventname, errorcode, useridentity, requestparameters, responseelements, eventid and
-- recipientaccountid. Change its name below, and the period. What the query cannot see is in policies/README.md.
WITH call AS (
  -- a record can be delivered twice
  SELECT DISTINCT
    recipientaccountid AS account_id,
    from_iso8601_timestamp(eventtime) AS happened,
    eventname,
    eventid,
    useridentity.arn AS by_arn,
    lower(coalesce(
      json_extract_scalar(responseelements, '$.accessKey.userName'),
      json_extract_scalar(requestparameters, '$.userName')
    )) AS user_name,
    json_extract_scalar(responseelements, '$.user.userId') AS user_id,
    json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS access_key_id
  FROM cloudtrail_logs
  WHERE eventsource = 'iam.amazonaws.com'
    AND eventname IN ('CreateUser', 'CreateLoginProfile', 'CreateAccessKey', 'DeleteUser')
    AND (errorcode IS NULL OR errorcode = '')
    AND eventtime BETWEEN '2026-01-01T00:00:00Z' AND '2026-06-30T23:59:59Z'
),
-- a name belongs to a user until a user of that name is deleted
created AS (
  SELECT
    call.account_id, call.user_name, call.user_id, call.happened, call.by_arn,
    min(gone.happened) AS deleted
  FROM call
  LEFT JOIN call AS gone
    ON gone.eventname = 'DeleteUser'
    AND gone.account_id = call.account_id
    AND gone.user_name = call.user_name
    AND gone.happened > call.happened
  WHERE call.eventname = 'CreateUser'
  GROUP BY call.account_id, call.user_name, call.user_id, call.happened, call.by_arn
)
SELECT
  created.account_id,
  created.user_name,
  created.user_id,
  created.happened AS user_created,
  created.by_arn AS user_created_by,
  min(password.happened) AS password_created,
  made.access_key_id,
  date_diff('second', created.happened, made.happened) AS seconds_after_user,
  made.by_arn AS key_created_by
FROM created
JOIN call AS made
  ON made.eventname = 'CreateAccessKey'
  AND made.account_id = created.account_id
  AND made.user_name = created.user_name
  AND date_diff('second', created.happened, made.happened) BETWEEN 0 AND 60
  AND (created.deleted IS NULL OR made.happened < created.deleted)
-- for all users, with or without a console password: LEFT JOIN
JOIN call AS password
  ON password.eventname = 'CreateLoginProfile'
  AND password.account_id = created.account_id
  AND password.user_name = created.user_name
  AND password.happened >= created.happened
  AND (created.deleted IS NULL OR password.happened < created.deleted)
GROUP BY
  created.account_id, created.user_name, created.user_id, created.happened, created.by_arn,
  made.access_key_id, made.happened, made.by_arn
ORDER BY created.happened, created.user_name, made.access_key_id
