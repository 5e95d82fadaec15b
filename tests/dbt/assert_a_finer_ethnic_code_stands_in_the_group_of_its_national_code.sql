-- NHS Data Dictionary: a finer code rolls up to its first character, so it counts where that counts.
select
    finer.ethnicity_key,
    finer.national_code,
    finer.ethnicity_category,
    national.ethnicity_category as national_category
from {{ ref('ethnicity_map') }} as finer
left join {{ ref('ethnicity_map') }} as national
    on finer.national_code = national.ethnicity_key
where
    finer.national_code is not null
    and (
        national.ethnicity_key is null
        or (
            finer.ethnicity_key <> finer.national_code
            and substring(finer.ethnicity_key, 1, 1) <> finer.national_code
        )
        or finer.ethnicity_category <> national.ethnicity_category
        or finer.ethnicity_broad <> national.ethnicity_broad
        or finer.ethnicity_group <> national.ethnicity_group
    )
